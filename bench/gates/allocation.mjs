// Bytes of heap that an operation leaves to the collector.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const child = fileURLToPath(new URL('../lib/gate-bytes-child.mjs', import.meta.url))

export default {
  name: 'allocation of gates',
  rows: () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64', child], { encoding: 'utf8', timeout: 120_000 })
    if (status !== 0) throw new Error(stderr)
    const goals = { rate: 0, limit: 80, breaker: 80, 'full stack': 1126 }
    return Object.entries(JSON.parse(stdout)).map(([what, bytes]) => ({
      area: 'gates',
      case: `allocation, ${what}`,
      metric: 'B an operation',
      ours: Number(bytes.toPrecision(4)),
      goal: `≤ ${goals[what]}`,
      // half a byte is the rounding of the measurement, not an object
      met: bytes <= goals[what] + 0.5,
    }))
  },
}
