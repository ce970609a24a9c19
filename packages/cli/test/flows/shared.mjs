import { setTimeout as wait } from 'node:timers/promises'
import { flow } from 'forebay'

/** 300 numbers of ten keys, from FIRST on; each that is taken is a line on standard error. */
const first = Number(process.env.FIRST)

export default flow
  .range(first, first + 299)
  .map((n) => ({ n, key: `k${n % 10}` }))
  .durable('shared', { key: ({ key }) => key, partitions: 4, prefetch: 8, leaseMs: 6000 })
  .mapAsync(({ n }) => wait(5, n), { concurrency: 4, name: 'work' })
  .to((n) => void process.stderr.write(`took ${process.hrtime.bigint()} ${n}\n`), { name: 'tell' })
  .named('shared')
