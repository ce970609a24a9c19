// Memory over 24 runs of 10⁷ items through every junction, each junction in a process of its own. What a run leaves behind
// would show as a slope: the median of the slopes between all pairs of runs (Theil 1950, Sen 1968), after the first
// eight, in which V8 still compiles. As many processes at once as there are cores; half an hour on two.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { median } from '../lib/compare.mjs'
import { junctions } from '../lib/junctions.mjs'

const RUNS = 24
const ITEMS = 10_000_000
const SKIPPED = 8
/** A byte for every hundred items. */
const LIMIT_MB = 0.1
/** Fixed: V8 doubles the young generation at some run when promises outlive a scavenge, with bare await loops too. */
const YOUNG_MB = 16
const name = 'memory of a junction'
const flags = ['--expose-gc', `--min-semi-space-size=${YOUNG_MB}`, `--max-semi-space-size=${YOUNG_MB}`]
const child = fileURLToPath(new URL('../lib/memory-child.mjs', import.meta.url))

const mb = (bytes) => Number((bytes / 1e6).toFixed(3))

export default {
  name,
  rows: async () => {
    const names = Object.keys(junctions)
    const rows = names.map(() => undefined)
    let next = 0
    const worker = async () => {
      while (next < names.length) {
        const at = next++
        rows[at] = rowOf(names[at], await measured(names[at]))
        process.stderr.write(`  ${rows[at].metric} ${rows[at].ours}\n`)
      }
    }
    await Promise.all(Array.from({ length: availableParallelism() }, worker))
    return rows
  },
}

function rowOf(junction, bytes) {
  const slope = mb(slopeOf(bytes.slice(SKIPPED)))
  return {
    area: 'memory',
    case: name,
    metric: `${junction}: growth a run of ${ITEMS.toLocaleString('en')} items, MB`,
    ours: slope,
    goal: `≤ ${LIMIT_MB}`,
    met: slope <= LIMIT_MB,
    rssMb: bytes.map(mb),
  }
}

async function measured(junction) {
  const run = spawn(process.execPath, [...flags, child, junction, String(RUNS), String(ITEMS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  run.stdout.setEncoding('utf8').on('data', (chunk) => (out += chunk))
  const [code] = await once(run, 'close')
  if (code !== 0) throw new Error(`${junction}: exit code ${code}`)
  return JSON.parse(out)
}

function slopeOf(values) {
  const slopes = values.flatMap((from, at) => values.slice(at + 1).map((to, after) => (to - from) / (after + 1)))
  return median(slopes)
}
