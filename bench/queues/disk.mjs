// Jobs of 1 KB on disk, durable before a put resolves and before an ack does: our queue against job tables on embedded
// engines. The engines take turns, batch by batch, in one process: a disk that changes its speed changes it for all.
import { checked, engines, job, withTables } from '../lib/job-tables.mjs'
import { median } from '../lib/compare.mjs'

const TURNS = 7
const BATCH = 256
const BATCHES = 60
const SINGLES = 250

const metrics = { publish: 'publish 256', consume: 'consume and ack 256', both: 'both ways, 256', single: 'publish one by one' }
/** Ratios that our queue should reach; where none stands, the row is there to compare. */
const goals = {
  'lmdb, one value a job': { both: 1, single: 0.8 },
  'classic-level': { both: 1 },
  sqlite: { publish: 1.3, consume: 2, single: 0.3 },
}

/** µs a message of every engine, by metric. */
async function turn(first) {
  return withTables(async (tables) => {
    const names = Object.keys(tables)
    const spent = Object.fromEntries(names.map((name) => [name, { publish: 0, consume: 0, single: 0, next: 0 }]))
    const inTurn = async (metric, rounds, work) => {
      for (let round = 0; round < rounds; round++) {
        for (let at = 0; at < names.length; at++) {
          const name = names[(at + round + first) % names.length]
          spent[name][metric] += await work(tables[name], round, spent[name])
        }
      }
    }
    const put = async (table, from, count) => {
      const jobs = Array.from({ length: count }, (_, at) => job(from + at))
      const start = performance.now()
      await table.put(jobs)
      return performance.now() - start
    }
    const take = async (table, _, account) => {
      const start = performance.now()
      const jobs = await table.take(BATCH)
      const took = performance.now() - start
      account.next = checked(jobs, account.next)
      return took
    }
    await inTurn('publish', BATCHES, (table, round) => put(table, round * BATCH, BATCH))
    await inTurn('consume', BATCHES, take)
    await inTurn('single', SINGLES, (table, round) => put(table, BATCHES * BATCH + round, 1))
    await inTurn('left', Math.ceil(SINGLES / BATCH), take)
    return Object.fromEntries(names.map((name) => [name, account(name, spent[name])]))
  })
}

function account(name, { publish, consume, single, next }) {
  const messages = BATCHES * BATCH
  if (next !== messages + SINGLES) throw new Error(`${name}: ${next} of ${messages + SINGLES} jobs came back`)
  const us = (ms, count) => (ms * 1000) / count
  return {
    publish: us(publish, messages),
    consume: us(consume, messages),
    both: us(publish + consume, messages),
    single: us(single, SINGLES),
  }
}

const round = (value) => Number(value.toPrecision(4))

const name = 'jobs of 1 KB on disk, durable'

export default {
  name,
  rows: async () => {
    await turn(0) // warm up
    const turns = []
    for (let at = 0; at < TURNS; at++) turns.push(await turn(at))
    const [ours, ...peers] = Object.keys(engines)
    return peers.flatMap((peer) =>
      Object.entries(metrics).map(([key, metric]) => {
        const ratio = median(turns.map((figures) => figures[peer][key] / figures[ours][key]))
        const goal = goals[peer][key]
        return {
          area: 'queues',
          case: name,
          metric: `${metric}, µs/message`,
          ours: round(median(turns.map((figures) => figures[ours][key]))),
          peer: round(median(turns.map((figures) => figures[peer][key]))),
          peerName: peer,
          ratio: round(ratio),
          goal: goal === undefined ? 'none, to compare' : `≥ ${goal}`,
          met: goal === undefined || ratio >= goal,
        }
      }),
    )
  },
}
