import { setTimeout as wait } from 'node:timers/promises'
import type { Queue } from 'forebay/queue'
import { describe, expect, it } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { openStore, type StoreUrl } from '../../src/open-store.ts'
import { endureNetwork } from '../broker-faults/broken-network.ts'
import { faultWorld } from '../broker-faults/fault-world.ts'
import { told } from '../broker-faults/killed-processes.ts'
import { until } from '../broker-faults/load.ts'
import { endureOutage } from '../broker-faults/outage.ts'
import { shareQueue } from '../broker-faults/shared-queue.ts'

const redis = await requireServer('redis', ['--appendfsync', 'always'])

/** Takes and acknowledges everything until `count` different bodies have come; returns how often each came. */
async function takeAll(queue: Queue<number>, count: number, seen: Map<number, number>): Promise<void> {
  const receiver = queue.receiver()
  const end = Date.now() + 30_000
  while (seen.size < count && Date.now() < end) {
    const deliveries = await receiver.batch(100, 200)
    for (const { body } of deliveries) seen.set(body, (seen.get(body) ?? 0) + 1)
    await receiver.ackAll(deliveries).catch(() => undefined) // delivered again, and counted
  }
  await receiver.close()
}

describe.skipIf(!redis.available)('queues in Redis', () => {
  const world = faultWorld(redis)
  const { store } = world

  it('are shared by processes: none gets what another has, and a sender sees what others put', () => shareQueue(world))

  it('deliver again what a consumer had that was killed, and nothing that it had acknowledged', async () => {
    const name = world.queueName()
    const queue = await (await store()).queue<number>(name, { lease: 1000, backoff: () => 10 })
    await queue.sender().put(Array.from({ length: 2000 }, (_, body) => ({ body })))
    const consumer = world.child({ queue: name, role: 'take' })
    await until(() => told(consumer.lines, 'ack').length > 100, 'the child works')
    consumer.process.kill('SIGKILL')
    await consumer.ended
    const acked = new Set(told(consumer.lines, 'ack'))
    const got = new Set(told(consumer.lines, 'got'))
    const seen = new Map<number, number>()
    // An ack that was durable when the process died may not have been written down by it.
    const left = (await queue.measure()).ready + (await queue.measure()).leased
    await takeAll(queue, left, seen)
    const again = [...seen.keys()].filter((body) => got.has(body))
    expect([...seen.keys()].filter((body) => acked.has(body))).toEqual([])
    expect(again.length).toBeLessThanOrEqual(20)
    expect(new Set([...seen.keys(), ...got]).size).toBe(2000)
    expect(await queue.measure()).toMatchObject({ ready: 0, leased: 0, delayed: 0, dead: 0 })
  })

  it.runIf(redis.isOurs)(
    'lose nothing that was confirmed when Redis is killed under load and comes back after five seconds',
    () =>
      endureOutage(world, {
        away: () => redis.kill(),
        back: () => redis.restart(),
        duplicates: 100, // what was out: a put that nobody had confirmed is known for one when it comes again
        options: { maxItems: 100_000, backoff: () => 10 },
      }),
  )

  it.each(['cut', 'silence'] as const)(
    'neither lose nor double anything when the network is gone for a while (%s)',
    (how) => endureNetwork(world, how, { duplicates: 0, options: { lease: 30_000 } }),
  )

  it('tell what a put dropped although its answer was lost', async () => {
    const name = world.queueName()
    const proxy = await world.proxy()
    const queue = await (await store(proxy.url)).queue<number>(name, { maxItems: 10, overflow: 'drop-oldest' })
    const near = await (await store()).queue<number>(name, { maxItems: 10 })
    const ends: string[] = []
    queue.onEnd(({ id, end }) => ends.push(`${id} ${end}`))
    const items = (first: number, count: number): { body: number; id: string }[] =>
      Array.from({ length: count }, (_, n) => ({ body: first + n, id: `m${first + n}` }))
    await queue.sender().put(items(0, 10))
    proxy.delay(1000)
    const put = queue.sender().put(items(10, 3))
    await until(async () => (await near.peek(1))[0]?.body === 3, 'the server has done it')
    proxy.cut()
    await until(() => queue.sender().credit.reason === 'broker', 'the connection is gone')
    proxy.restore()
    expect((await put).map(({ status }) => status)).toEqual(['stored', 'stored', 'stored'])
    expect(ends).toEqual(['m0 dropped', 'm1 dropped', 'm2 dropped'])
    expect(await queue.measure()).toMatchObject({ stored: 13, ready: 10, dropped: { oldest: 3 }, rejected: 0 })
  })

  it(
    'let consumers make room when the server is out of memory, and senders wait for it',
    { timeout: 60_000 },
    async () => {
      const small = await requireServer('redis', ['--maxmemory', '8mb', '--maxmemory-policy', 'noeviction'])
      world.closes({ close: () => small.stop() })
      const queue = await (await store(small.url)).queue<string>('memory')
      const sender = queue.sender()
      const body = 'x'.repeat(100_000)
      let put = 0
      const putter = (async () => {
        for (; put < 120; put++) await sender.put([{ body }])
      })()
      await until(() => sender.credit.reason === 'disk', 'the server refuses')
      const stuck = put
      expect(stuck).toBeLessThan(120)
      const receiver = queue.receiver({ prefetch: 10 })
      for (let taken = 0; taken < 120;) {
        const deliveries = await receiver.batch(10, 1000)
        await receiver.ackAll(deliveries)
        taken += deliveries.length
      }
      await putter
      expect(await queue.measure()).toMatchObject({ stored: 120, acked: 120, ready: 0, leased: 0, bytes: 0 })
    },
  )

  it('go on when somebody takes messages out of the stream by hand: they are counted, and their keys are free', async () => {
    const opened = await store()
    const name = world.queueName()
    const queue = await opened.queue<number>(name, { lease: 300, backoff: () => 10 })
    await queue
      .sender()
      .put([{ body: 1, key: 'k' }, { body: 2, key: 'k' }, { body: 3, key: 'k' }, { body: 4, delay: 300 }, { body: 5 }])
    const receiver = queue.receiver({ prefetch: 1 })
    expect((await receiver.next())?.body).toBe(1)
    const { Redis } = await import('ioredis')
    const client = new Redis(redis.url)
    for (const number of [1, 2, 4, 5]) await client.xdel(`forebay:queue:{${name}}:log`, `${number}-0`)
    client.disconnect()
    await wait(400)
    await queue.sender().put([{ body: 6 }])
    const seen = new Map<number, number>()
    await takeAll(queue, 2, seen)
    expect([...seen.keys()].toSorted((a, b) => a - b)).toEqual([3, 6])
    await receiver.close()
    const stats = await queue.measure()
    expect(stats).toMatchObject({
      ready: 0,
      leased: 0,
      delayed: 0,
      stored: 6,
      acked: 2,
      bytes: 0,
      dropped: { lost: 4 },
    })
    expect(opened.reports.at(-1)).toMatchObject({ kind: 'lost-message' })
  })

  it('count what somebody took out by hand once, whichever of two clients finds it', async () => {
    const name = world.queueName()
    const stores = [await store(), await store()]
    const queues = await Promise.all(stores.map((each) => each.queue<number>(name)))
    await queues[0]!.sender().put([{ body: 1, delay: 100 }, { body: 2, delay: 400 }, { body: 3 }])
    const { Redis } = await import('ioredis')
    const client = new Redis(redis.url)
    for (const number of [1, 2]) await client.xdel(`forebay:queue:{${name}}:log`, `${number}-0`)
    client.disconnect()
    await wait(150)
    for (const queue of queues) await queue.measure()
    await wait(300)
    for (const queue of queues.toReversed()) await queue.measure()
    const stats = await Promise.all(queues.map((queue) => queue.measure()))
    expect(stats.map(({ dropped }) => dropped)).toEqual([{ lost: 1 }, { lost: 1 }])
    expect(stats.every(({ ready, delayed }) => ready === 1 && delayed === 0)).toBe(true)
    const late = await (await store()).queue<number>(name)
    expect(await late.measure()).toMatchObject({ carriedIn: 1, dropped: {} })
  })

  it('die after as many attempts as their consumer allows, whoever looks or puts with other options', async () => {
    const name = world.queueName()
    const far = await (await store()).queue<number>(name, { maxAttempts: 1 })
    const proxy = await world.proxy()
    const consumer = await (await store(proxy.url)).queue<number>(name, { maxAttempts: 50, lease: 200 })
    await far.sender().put([{ body: 1 }, { body: 2 }])
    const receiver = consumer.receiver()
    for (const look of [() => far.measure(), () => far.sender().put([{ body: 3 }])]) {
      proxy.restore()
      await until(() => consumer.sender().credit.state === 'open', 'it is connected')
      expect(await receiver.next()).toBeDefined()
      proxy.cut()
      await wait(300)
      await look()
      expect(await far.measure()).toMatchObject({ leased: 0, dead: 0 })
    }
    proxy.restore()
    expect(await far.purge()).toBe(3)
  })

  it.runIf(redis.isOurs)(
    'take a server that has become a replica for one that is away, and connect again',
    async () => {
      const server = await requireServer('redis')
      world.closes({ close: () => server.stop() })
      const queue = await (await store(server.url)).queue<number>('demoted')
      const sender = queue.sender()
      await sender.put([{ body: 1 }])
      const { Redis } = await import('ioredis')
      const admin = new Redis(server.url)
      world.closes({ close: () => admin.quit() })
      const connections = async (): Promise<number> =>
        Number(/total_connections_received:(\d+)/.exec(await admin.info('stats'))?.[1])
      const before = await connections()
      await admin.replicaof('127.0.0.1', 1)
      const put = sender.put([{ body: 2 }])
      await until(() => sender.credit.reason === 'broker', 'the credit is gone')
      const told: string[] = []
      sender.onCredit(({ state, reason }) => told.push(reason ?? state))
      await wait(3000)
      const made = (await connections()) - before
      expect(made).toBeGreaterThan(2)
      expect(made).toBeLessThan(30)
      expect(told).toEqual([])
      await admin.replicaof('NO', 'ONE')
      await put
      expect(await queue.measure()).toMatchObject({ stored: 2, ready: 2, rejected: 0 })
    },
  )

  it('give back at once what an answer had leased that came after the receiver was gone', async () => {
    const name = world.queueName()
    const queue = await (await store()).queue<number>(name, { lease: 30_000 })
    const proxy = await world.proxy()
    const far = await openStore(proxy.url as StoreUrl)
    const farther = await far.queue<number>(name, { lease: 30_000 })
    const pull = farther.receiver().next()
    await wait(50)
    proxy.delay(150)
    await queue.sender().put([{ body: 1 }])
    await until(async () => (await queue.measure()).leased === 1, 'it is on its way')
    await far.close()
    expect(await pull).toBeUndefined()
    const [back] = await queue.receiver().batch(1, 1000)
    expect(back).toMatchObject({ body: 1, attempt: 1 })
  })

  it('refuse a server that may evict messages, and promise no more than it keeps', async () => {
    const server = await requireServer('redis', ['--maxmemory-policy', 'allkeys-lru'])
    world.closes({ close: () => server.stop() })
    await expect(openStore(server.url as StoreUrl)).rejects.toMatchObject({ code: 'FOREBAY_UNSUPPORTED' })
    expect((await store()).caps.durability).toBe('fsync')
    await expect(openStore('redis://127.0.0.1:1')).rejects.toMatchObject({ code: 'FOREBAY_UNAVAILABLE' })
  })
})
