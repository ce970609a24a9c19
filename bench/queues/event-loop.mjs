// A producer and a consumer at full tilt in one process, 256 jobs of 1 KB at a time, durable: how long does the event loop
// keep others waiting? Each engine has a process of its own; an idle process beside it tells what the machine adds.
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median } from '../lib/compare.mjs'
import { engines } from '../lib/job-tables.mjs'

const TURNS = 3
const LIMIT_MS = 3
const child = fileURLToPath(new URL('../lib/event-loop-child.mjs', import.meta.url))
const name = 'producer and consumer at full tilt, 256 jobs of 1 KB, durable'

function measure(engine) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [child, engine], { encoding: 'utf8', timeout: 120_000 })
  if (status !== 0) throw new Error(`${name}, ${engine}: ${stderr}`)
  return JSON.parse(stdout)
}

export default {
  name,
  rows: async () => {
    const [ours, ...peers] = Object.keys(engines)
    const turns = []
    for (let turn = 0; turn < TURNS; turn++) {
      const idle = idleBeside()
      const figures = Object.fromEntries([ours, ...peers].map((engine) => [engine, measure(engine)]))
      turns.push({ ...figures, idle: await idle.stop() })
    }
    const figure = (engine, key) => median(turns.map((turn) => turn[engine][key]))
    const row = (metric, key, peerName, goal, isMet) => {
      const ratio = median(turns.map((turn) => turn[peerName][key] / turn[ours][key]))
      return {
        area: 'queues',
        case: name,
        metric,
        ours: round(figure(ours, key)),
        peer: round(figure(peerName, key)),
        peerName,
        ratio: round(ratio),
        goal,
        met: isMet(ratio),
      }
    }
    const delay = figure(ours, 'p99')
    return [
      row('delay of the event loop, p99, ms', 'p99', 'idle', `< ${LIMIT_MS} ms`, () => delay < LIMIT_MS),
      ...peers.map((peer) => row('delay of the event loop, p99, ms', 'p99', peer, 'none, to compare', () => true)),
      ...peers.map((peer) => row('through both, µs/message', 'us', peer, 'none, to compare', () => true)),
    ]
  },
}

/** A process that does nothing and measures how late its timers are meanwhile. */
function idleBeside() {
  const idle = spawn(process.execPath, [child, 'idle'], { stdio: ['pipe', 'pipe', 'inherit'] })
  let text = ''
  idle.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk))
  const ended = new Promise((resolve, reject) => {
    idle.once('error', reject)
    idle.once('close', () => resolve(JSON.parse(text)))
  })
  return {
    stop: () => {
      idle.stdin.end()
      return ended
    },
  }
}

function round(value) {
  return Number(value.toPrecision(3))
}
