// Objects of five fields to a worker thread and back. Per item counts the thread that is busier, its time on a processor:
// where each has a core of its own, that is how long an item takes, and what else the machine does is not in it.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const child = fileURLToPath(new URL('../lib/workers-child.mjs', import.meta.url))
const name = 'a worker thread'

function measured(what) {
  const { status, stdout } = spawnSync(process.execPath, [child, what], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`${what}: exit code ${status}`)
  return JSON.parse(stdout)
}

const row = (metric, ours, goal, met, rest = {}) => ({ area: 'workers', case: name, metric, ours, goal, met, ...rest })
const round = (value) => Number(value.toFixed(3))

export default {
  name,
  rows: () => {
    const { busiest, main, elapsed } = measured('idle')
    const { two, unlimited } = measured('work')
    const { p99, max } = measured('loop')
    const ratio = unlimited / two
    return [
      row('µs an item without work, of the busier thread', round(busiest), '≤ 0.65', busiest <= 0.65, {
        mainThread: round(main),
        elapsed: round(elapsed),
      }),
      row('throughput at 5 µs of work, two parcels under way', round(1 / two), '≥ 0.95×', ratio >= 0.95, {
        peer: round(1 / unlimited),
        peerName: '64 parcels under way',
        ratio: round(ratio),
      }),
      row('the main thread is held up, p99, ms', round(p99), '≤ 3', p99 <= 3, { max: round(max) }),
    ]
  },
}
