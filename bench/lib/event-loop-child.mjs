// `node event-loop-child.mjs ENGINE|idle`: prints how long the event loop was held up, and for an engine µs a message.
import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { checked, job, withTables } from './job-tables.mjs'

const BATCH = 256
const WARM = 20_480
const MESSAGES = 81_920
/** Batches that the producer may be ahead. */
const AHEAD = 8
const TICK_MS = 1

const [engine] = process.argv.slice(2)
const delays = monitorEventLoopDelay({ resolution: TICK_MS })
// The histogram holds the time between two ticks of a timer of 1 ms.
const p99 = () => Math.max(0, delays.percentile(99) / 1e6 - TICK_MS)
const max = () => Math.max(0, delays.max / 1e6 - TICK_MS)

async function throughBoth(table, from, count) {
  let next = from
  let put = from
  const produce = async () => {
    for (; put < from + count; put += BATCH) {
      while (put - next > AHEAD * BATCH) await sleep(1)
      await table.put(Array.from({ length: BATCH }, (_, at) => job(put + at)))
      await turn() // an engine that works synchronously would not let anybody else come to work at all
    }
  }
  const consume = async () => {
    while (next < from + count) {
      const jobs = await table.take(BATCH)
      next = checked(jobs, next)
      await (jobs.length === 0 ? sleep(1) : turn())
    }
  }
  await Promise.all([produce(), consume()])
}

if (engine === 'idle') {
  delays.enable()
  process.stdin.resume()
  await once(process.stdin, 'end')
  process.stdout.write(JSON.stringify({ p99: p99(), max: max() }))
} else {
  await withTables(
    async ({ [engine]: table }) => {
      await throughBoth(table, 0, WARM)
      delays.enable()
      const start = performance.now()
      await throughBoth(table, WARM, MESSAGES)
      const us = ((performance.now() - start) * 1000) / MESSAGES
      process.stdout.write(JSON.stringify({ p99: p99(), max: max(), us }))
    },
    [engine],
  )
}
