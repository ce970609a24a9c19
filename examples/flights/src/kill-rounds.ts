import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startFlow } from './play-flow.ts'
import { testify } from './witness.ts'

// Kills the whole flow at random moments, again and again, and asks the witness after each.
// node dist/kill-rounds.js [--rounds 100] [--data DIR]     exit 0: nothing is missing, 3: something is

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '100' }, data: { type: 'string' } } })
const rounds = Number(values.rounds)
const data = values.data ?? mkdtempSync(join(tmpdir(), 'forebay-kills-'))
const UP_MS = 30_000

/** Until the client has seen more flights acknowledged than before: the flow is in the middle of its work. */
async function acknowledges(more: number): Promise<void> {
  for (const end = Date.now() + UP_MS; Date.now() < end; await sleep(100)) {
    if ((await testify(data)).acknowledged > more) return
  }
  throw new Error(`nothing was acknowledged for ${UP_MS} ms`)
}

let busy = 0
let { acknowledged } = await testify(data)
for (let round = 1; round <= rounds; round++) {
  const flow = startFlow(data, [], { FLIGHTS_PACE: '4000' })
  await acknowledges(acknowledged)
  await sleep(Math.random() * 2000)
  const gone = once(flow, 'exit')
  flow.kill('SIGKILL')
  await gone
  const testimony = await testify(data)
  acknowledged = testimony.acknowledged
  if (testimony.inQueue > 0) busy++
  process.stderr.write(`round ${round}: ${JSON.stringify(testimony)}\n`)
  if (testimony.missing > 0) break
}
const last = startFlow(data, ['--for', '2s', '--drain-for', '120s'], { FLIGHTS_ROWS: '0', FLIGHTS_PACE: '6000' })
const [code] = (await once(last, 'exit')) as [number | null]
const testimony = await testify(data)
process.stdout.write(`${JSON.stringify({ rounds, killedWithWorkOut: busy, lastRunExit: code, ...testimony })}\n`)
process.exitCode = testimony.missing > 0 || testimony.inQueue > 0 ? 3 : 0
