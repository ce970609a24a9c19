// The disk queue, brokers and job queues: 1,024 bytes a message, confirmed when durable, in batches of 256. Each contender
// has a process of its own, and they take turns batch by batch, so that a disk that changes its speed changes it for all.
import { median } from '../lib/compare.mjs'
import { withContenders } from '../lib/contenders.mjs'

const TURNS = 7
const BATCH = 256
/** Of a turn. */
const BATCHES = 8
const SINGLES = 12
/** Batches until the code of all is compiled: what lies in another process was that before. */
const WARM = 40

const broker = { publish: 2, consume: 1.5 }
const jobQueue = { publish: 6, consume: 10 }
const contenders = {
  forebay: {},
  'redis-streams': { server: 'redis', goals: broker },
  postgres: { server: 'postgres', goals: broker },
  'rabbitmq-quorum': { server: 'rabbitmq', goals: broker },
  nats: { server: 'nats', goals: broker },
  kafka: { server: 'kafka', goals: broker },
  bullmq: { server: 'redis', goals: jobQueue },
  'graphile-worker': { server: 'postgres', goals: jobQueue },
  'pg-boss': { server: 'postgres', goals: jobQueue },
}
const metrics = { publish: 'publish 256', consume: 'consume and ack 256', single: 'publish one by one' }
const name = '1 KB, durable, against brokers and job queues'

/** µs a message, by contender and metric: a sample a batch, a message or a whole drain. */
async function turn(running, first) {
  const names = Object.keys(running)
  const samples = Object.fromEntries(names.map((each) => [each, { publish: [], consume: [], single: [] }]))
  const inTurn = async (task, rounds, count, metric) => {
    for (let at = 0; at < rounds * names.length; at++) {
      // After each round another begins.
      const each = names[(at + Math.floor(at / names.length) + first) % names.length]
      const { ms } = await running[each].ask(task, { count, batch: Math.min(count, BATCH) })
      samples[each][metric]?.push((ms * 1000) / count)
    }
  }
  await inTurn('publish', BATCHES, BATCH, 'publish')
  await inTurn('drain', 1, BATCHES * BATCH, 'consume')
  await inTurn('publish', SINGLES, 1, 'single')
  await inTurn('drain', 1, SINGLES)
  return samples
}

const round = (value) => Number(value.toPrecision(3))

function quartiles(values) {
  const sorted = values.slice().sort((a, b) => a - b)
  return [sorted[sorted.length >> 2], sorted[sorted.length - 1 - (sorted.length >> 2)]].map(round)
}

export default {
  name,
  rows: () =>
    withContenders(contenders, async (running) => {
      for (const each of Object.values(running)) {
        await each.ask('publish', { count: WARM * BATCH, batch: BATCH })
        await each.ask('drain', { count: WARM * BATCH, batch: BATCH })
      }
      const turns = []
      for (let at = 0; at < TURNS; at++) turns.push(await turn(running, at))
      const [ours, ...peers] = Object.keys(running)
      return peers.flatMap((peer) =>
        Object.entries(metrics).map(([key, metric]) => {
          const ratios = turns.map((samples) => median(samples[peer][key]) / median(samples[ours][key]))
          const figure = (each) => round(median(turns.flatMap((samples) => samples[each][key])))
          const goal = contenders[peer].goals[key]
          return {
            area: 'queues',
            case: name,
            metric: `${metric}, µs/message`,
            ours: figure(ours),
            peer: figure(peer),
            peerName: peer,
            ratio: round(median(ratios)),
            spread: quartiles(ratios),
            goal: goal === undefined ? 'none, to compare' : `≥ ${goal}`,
            met: goal === undefined || median(ratios) >= goal,
          }
        }),
      )
    }),
}
