// What is kept: of a key, of a breaker, of ten million items through a gate.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const child = fileURLToPath(new URL('../lib/gate-memory-child.mjs', import.meta.url))
const goals = {
  'a breaker': ['B kept', 1024],
  'a key of keyedRate': ['B kept', 100],
  'a waiter': ['B kept', 1024],
  'timers of 1,000 gates at rest': ['timers', 0],
  'call.map over 10,000,000 items': ['MB more at the end', 8],
}

export default {
  name: 'memory of gates',
  rows: () =>
    Object.entries(goals).map(([what, [metric, goal]]) => {
      const { stdout, stderr, status } = spawnSync(process.execPath, ['--expose-gc', child, what], {
        encoding: 'utf8',
        timeout: 300_000,
      })
      if (status !== 0) throw new Error(`${what}: ${stderr}`)
      const ours = Number(Number(stdout).toPrecision(4))
      return { area: 'gates', case: what, metric, ours, goal: `≤ ${goal}`, met: ours <= goal }
    }),
}
