import { parseArgs } from 'node:util'
import { seededRandom } from 'forebay/testkit'
import { killRounds } from './kill-rounds.ts'

// npm run kill-rounds -- --rounds 100 --seed 1
const { values } = parseArgs({ options: { rounds: { type: 'string' }, seed: { type: 'string' } } })
const summary = await killRounds(Number(values.rounds ?? 100), seededRandom(Number(values.seed ?? 1)))
const isClean = summary.lost + summary.resurrected + summary.wrong + summary.idle === 0
console.log(JSON.stringify({ ...summary, clean: isClean }))
process.exitCode = isClean ? 0 : 1
