import { parseArgs } from 'node:util'
import { seededRandom } from 'forebay/testkit'
import { brokerRounds } from './broker-rounds.ts'
import { killRounds } from './kill-rounds.ts'

// npm run kill-rounds -- --rounds 100 --seed 1
// npm run kill-rounds -- --store kafka --rounds 20
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    store: { type: 'string', default: 'disk' },
  },
})
const rounds = Number(values.rounds)
if (!(Number.isInteger(rounds) && rounds > 0))
  throw new RangeError(`--rounds: expected 1 or more, got ${values.rounds}`)

const isClean = await (values.store === 'disk' ? onDisk() : onBroker(values.store))
process.exitCode = isClean ? 0 : 1

async function onDisk(): Promise<boolean> {
  const summary = await killRounds(rounds, seededRandom(Number(values.seed)))
  const clean = summary.lost + summary.resurrected + summary.wrong + summary.idle === 0
  console.log(JSON.stringify({ ...summary, clean }))
  return clean
}

async function onBroker(store: string): Promise<boolean> {
  const { lost, resurrected, ...rest } = await brokerRounds(store, rounds)
  const clean = lost.length + resurrected.length + rest.dead === 0
  console.log(JSON.stringify({ store, rounds, ...rest, lost: lost.length, resurrected: resurrected.length, clean }))
  return clean
}
