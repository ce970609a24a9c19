import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { median } from './compare.mjs'
import { startServer } from './servers.mjs'

const child = fileURLToPath(new URL('adapter-child.mjs', import.meta.url))
const TURNS = 7
const WARMUPS = 2

/** Each publishes what the next consumes. */
const steps = (scale) => [
  ['publish, batches of 256, 4 under way', { work: 'publish', total: 40 * 256 * scale, batch: 256, calls: 4 }],
  ['consume and ack, batches of 256, 1,024 out', { work: 'consume', total: 40 * 256 * scale, batch: 256, window: 1024 }],
  ['publish, single messages, 256 under way', { work: 'publish', total: 4096 * scale, batch: 1, calls: 256 }],
  ['consume, each acked alone, 256 out', { work: 'consume', total: 4096 * scale, batch: 64, window: 256, each: true }],
  ['publish, one by one', { work: 'publish', total: 320, batch: 1, calls: 1 }],
  [undefined, { work: 'consume', total: 320, batch: 64, window: 256 }],
]

/**
 * An adapter of ours beside the raw client of its broker, at one server: both in a process of their own, in turn, the same
 * messages and windows; ratios are taken turn by turn, and the median counts.
 */
export async function compareAdapter(broker, { peers = ['raw'], scale = 1, note = '' } = {}) {
  const server = await startServer(broker)
  if (!server.available) {
    process.stderr.write(`${broker} is not compared: it is not installed\n`)
    return []
  }
  const sides = ['adapter', ...peers]
  const children = []
  try {
    for (const [at, side] of sides.entries()) {
      const started = fork(child, [side, broker, server.url, `bench${at}`], { execArgv: ['--expose-gc'] })
      children.push(started)
      await answer(started)
    }
    const turns = []
    for (let turn = 0; turn < WARMUPS + TURNS; turn++) {
      const figures = []
      for (const [metric, options] of steps(scale)) {
        const found = {}
        for (let at = 0; at < sides.length; at++) {
          const which = (at + turn) % sides.length // nobody is always the first
          const before = serverCpu(server)
          children[which].send(options)
          const { us, cpu, rss } = await answer(children[which])
          const served = (serverCpu(server) - before) / options.total
          found[sides[which]] = { us: us / options.total, cpu: cpu / options.total, served, rss }
        }
        if (metric !== undefined) figures.push({ metric, found })
      }
      if (turn >= WARMUPS) turns.push(figures)
    }
    return rows(broker, peers, turns, note)
  } finally {
    await Promise.all(children.map((each) => ended(each)))
    await server.stop()
  }
}

function rows(broker, peers, turns, note) {
  const name = `${broker}: the adapter and the raw client, 1 KB${note}`
  return peers.flatMap((peer, at) => {
    const goal = at === 0 ? 0.9 : undefined
    const speed = turns[0].map(({ metric }, step) => {
      const ratios = turns.map((figures) => figures[step].found[peer].us / figures[step].found.adapter.us)
      const of = (side, what) => median(turns.map((figures) => figures[step].found[side][what]))
      const ratio = median(ratios)
      const both = (what) => `${round(of('adapter', what))} against ${round(of(peer, what))}`
      const spread = `${round(Math.min(...ratios))} to ${round(Math.max(...ratios))}×`
      const cpu = ` (CPU ${both('cpu')}, of the server ${both('served')}; ${spread})`
      return {
        area: 'adapters',
        case: name,
        metric: `${metric}, µs/message${cpu}`,
        ours: round(of('adapter', 'us')),
        peer: round(of(peer, 'us')),
        peerName: peer,
        ratio: round(ratio),
        goal: goal === undefined ? 'none, to compare' : `≥ ${goal}`,
        met: goal === undefined || ratio >= goal,
      }
    })
    const last = turns.at(-1).at(-1).found
    const megabytes = (side) => Math.round(last[side].rss / 1e6)
    const memory = {
      area: 'adapters',
      case: name,
      metric: 'resident memory at most, MB',
      ours: megabytes('adapter'),
      peer: megabytes(peer),
      peerName: peer,
      ratio: round(last[peer].rss / last.adapter.rss),
      goal: 'none, to compare',
      met: true,
    }
    return [...speed, memory]
  })
}

async function answer(from) {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(new Error('a contender does not answer')), 120_000)
  const options = { signal: over.signal }
  try {
    const exit = once(from, 'exit', options).then(([code]) => {
      throw new Error(`a contender ended with ${code}`)
    })
    const [message] = await Promise.race([once(from, 'message', options), exit])
    return message
  } finally {
    clearTimeout(timer)
    over.abort()
  }
}

/** CPU time of a server and its children so far, µs; 0 where that cannot be read. */
function serverCpu({ pid }) {
  let ticks = 0
  for (const name of existsSync('/proc/self/stat') ? readdirSync('/proc') : []) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (name === String(pid) || fields[1] === String(pid)) ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // it has just ended
    }
  }
  return ticks * 10_000
}

async function ended(started) {
  if (started.exitCode !== null) return
  const exit = once(started, 'exit')
  if (started.connected) started.send({ work: 'close' })
  const timer = setTimeout(() => started.kill('SIGKILL'), 5000)
  await exit
  clearTimeout(timer)
}

const round = (value) => Number(value.toPrecision(3))
