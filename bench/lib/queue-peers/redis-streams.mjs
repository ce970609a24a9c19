import { Redis } from 'ioredis'
import { idOf, inPairs } from './job.mjs'

/** One transaction a batch, so that the server flushes once for it (`appendfsync always`). */
export async function open({ url }) {
  const redis = new Redis(url)
  const blocked = new Redis(url)
  await redis.xgroup('CREATE', 'jobs', 'workers', '0', 'MKSTREAM')
  const done = async (transaction) => {
    for (const [error] of await transaction.exec()) if (error) throw error
  }
  return {
    put: (bodies) => {
      const transaction = redis.multi()
      for (const body of bodies) transaction.xadd('jobs', '*', 'b', body)
      return done(transaction)
    },
    drain: (count, batch, saw) =>
      inPairs(count, async () => {
        const from = ['GROUP', 'workers', 'one', 'COUNT', batch, 'BLOCK', 1000, 'STREAMS', 'jobs', '>']
        const found = await blocked.xreadgroupBuffer(...from)
        const entries = found?.[0][1] ?? []
        for (const [, [, body]] of entries) saw(idOf(body))
        if (entries.length === 0) return { took: 0 }
        const ids = entries.map(([id]) => id)
        return {
          took: entries.length,
          acked: done(
            redis
              .multi()
              .xack('jobs', 'workers', ...ids)
              .xdel('jobs', ...ids),
          ),
        }
      }),
    close: () => Promise.all([redis.quit(), blocked.quit()]),
  }
}
