// Redis Streams by hand: what a program does that takes jobs from a consumer group, and removes them when they are done.
import { Redis } from 'ioredis'

export async function open(url, name) {
  const redis = new Redis(url)
  await redis.xgroup('CREATE', name, 'g', '0', 'MKSTREAM')

  /** In a transaction, so that one flush to the disk is enough for all. */
  async function put(bodies) {
    if (bodies.length === 1) return void (await redis.xadd(name, '*', 'b', bodies[0]))
    const batch = redis.multi()
    for (const body of bodies) batch.xadd(name, '*', 'b', body)
    await batch.exec()
  }

  async function consume(total, { batch, window, each }, onBody) {
    let asked = 0
    const done = async (ids) => {
      if (each) await Promise.all(ids.map((id) => redis.multi().xack(name, 'g', id).xdel(name, id).exec()))
      else
        await redis
          .multi()
          .xack(name, 'g', ...ids)
          .xdel(name, ...ids)
          .exec()
    }
    const loop = async () => {
      while (asked < total) {
        const count = Math.min(batch, total - asked)
        asked += count
        const answer = await redis.xreadgroupBuffer('GROUP', 'g', 'c', 'COUNT', count, 'STREAMS', name, '>')
        const entries = answer === null ? [] : answer[0][1]
        asked -= count - entries.length
        for (const [, fields] of entries) onBody(fields[1])
        if (entries.length > 0) await done(entries.map(([id]) => id.toString('latin1')))
      }
    }
    await Promise.all(Array.from({ length: window / batch }, loop))
  }

  return { put, consume, close: () => redis.quit() }
}
