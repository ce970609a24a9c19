import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { openStore, type StoreUrl } from '../../src/open-store.ts'
import { durableEdge } from '../durable-edge.ts'
import { endureNetwork } from '../broker-faults/broken-network.ts'
import { faultWorld } from '../broker-faults/fault-world.ts'
import { endureKills } from '../broker-faults/endure-kills.ts'
import { Load, until } from '../broker-faults/load.ts'
import { endureOutage } from '../broker-faults/outage.ts'

const rabbit = await requireServer('rabbitmq')

describe.skipIf(!rabbit.available)('queues in RabbitMQ', () => {
  const world = faultWorld(rabbit)

  it.runIf(rabbit.isOurs)(
    'lose nothing that was confirmed when the broker is killed under load and comes back after five seconds',
    () =>
      endureOutage(world, {
        away: () => rabbit.kill(),
        back: () => rabbit.restart(),
        // What was out, what was acknowledged and not yet on its disk, and the puts that nobody had confirmed.
        duplicates: 100 + 100 + 4 * 20,
      }),
  )

  it.runIf(rabbit.isOurs)('pause a queue that has lost its leader until it has one again', async () => {
    const name = world.queueName()
    const queue = await (await world.store()).queue<number>(name)
    const sender = queue.sender()
    await sender.put([{ body: 1 }])
    const tell = (what: 'stop' | 'restart'): Promise<string> =>
      rabbit.tool('rabbitmqctl', ['eval', `ra:${what}_server(quorum_queues, {'%2F_forebay:${name}', node()}).`])
    expect(await tell('stop')).toContain('ok')
    const put = sender.put([{ body: 2 }])
    await until(() => sender.credit.reason === 'broker', 'it is given up')
    const changes: string[] = []
    sender.onCredit(({ state }) => changes.push(state))
    await wait(20_000)
    expect(changes).toEqual([])
    expect(sender.credit).toMatchObject({ items: 0, state: 'paused', reason: 'broker' })
    expect(await tell('restart')).toContain('ok')
    expect(await put).toMatchObject([{ status: 'stored' }])
    const deliveries = [...(await queue.receiver().batch(2, 5000))]
    expect(new Set(deliveries.map(({ body }) => body))).toEqual(new Set([1, 2]))
  })

  it.each(['cut', 'silence'] as const)('lose nothing when the network is gone for a while (%s)', (how) =>
    endureNetwork(world, how),
  )

  it('tell of an ack that the broker never got that its lease is lost', async () => {
    const proxy = await world.proxy()
    const queue = await (await world.store(proxy.url)).queue<number>(world.queueName())
    await queue.sender().put([1, 2, 3, 4, 5, 6].map((body) => ({ body })))
    const receiver = queue.receiver({ prefetch: 6 })
    const deliveries = await receiver.batch(6, 5000)
    await deliveries[0]?.ack()
    proxy.silence()
    const ends: Promise<PromiseSettledResult<void>[]>[] = []
    // More calls than may be under way at once, and one that holds a retry beside an ack.
    for (const delivery of deliveries.slice(1, 5)) {
      ends.push(Promise.allSettled([delivery.ack()]))
      await wait(5)
    }
    ends.push(Promise.allSettled([deliveries[5]?.nack({ delay: 10 })]) as Promise<PromiseSettledResult<void>[]>)
    await wait(200)
    proxy.cut()
    proxy.restore()
    for (const end of (await Promise.all(ends)).flat())
      expect(end).toMatchObject({ status: 'rejected', reason: { code: 'FOREBAY_LEASE_LOST' } })
    expect(queue.stats().acked).toBe(1)
    const again: number[] = []
    for (let max = 5; max > 0; max = 5 - again.length) {
      const more = await receiver.batch(max, 5000)
      again.push(...more.map(({ body }) => body))
      await receiver.ackAll(more)
    }
    expect(again.toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6])
    expect(await queue.measure()).toMatchObject({ acked: 6, ready: 0, leased: 0, delayed: 0 })
  })

  it('go on over a network that is slow', async () => {
    const proxy = await world.proxy()
    const queue = await (await world.store(proxy.url)).queue<number>(world.queueName())
    proxy.delay(60)
    const load = new Load(queue, { batch: 50, prefetch: 200 })
    load.start(3)
    await until(() => load.confirmed.size > 1000, 'it works')
    await load.finish()
    expect(load.missing).toEqual([])
    expect(load.duplicates).toBe(0)
  })

  it.runIf(rabbit.isOurs)('stop puts and no consumer while the broker is short of memory', async () => {
    const queue = await (await world.store()).queue<string>(world.queueName())
    const sender = queue.sender()
    const body = 'x'.repeat(64 * 1024)
    await sender.put(Array.from({ length: 40 }, () => ({ body })))
    await rabbit.tool('rabbitmqctl', ['set_vm_memory_high_watermark', 'absolute', '1MB'])
    try {
      let stored = 40
      const before = process.memoryUsage()
      const putters = Array.from({ length: 400 }, async () => {
        await sender.put([{ body }, { body }])
        stored += 2
      })
      await until(() => sender.credit.reason === 'broker', 'credit is gone')
      const receiver = queue.receiver({ prefetch: 10 })
      const failed = new Set<string>()
      const done = new Set<string>()
      while (done.size < 39) {
        const deliveries = await receiver.batch(5, 1000)
        const [first, ...rest] = deliveries
        if (first !== undefined && failed.size === 0) {
          failed.add(first.id)
          await first.nack({ delay: 50, reason: 'a retry must not hold up acks' })
        } else await first?.ack()
        await receiver.ackAll(rest)
        for (const { id } of deliveries) if (!failed.has(id)) done.add(id)
      }
      expect(stored).toBeLessThan(840)
      const after = process.memoryUsage()
      // 400 puts of 128 KB wait: the driver has the window of 16 MiB at most.
      expect(after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed).toBeLessThan(120 * 1024 ** 2)
      await rabbit.tool('rabbitmqctl', ['set_vm_memory_high_watermark', '0.4'])
      await Promise.all(putters)
      expect(stored).toBe(840)
      const attempts = new Map<string, number>()
      while (done.size < 840) {
        const deliveries = await receiver.batch(10, 1000)
        await receiver.ackAll(deliveries)
        for (const { id, attempt } of deliveries) attempts.set(id, Math.max(attempt, attempts.get(id) ?? 0))
        for (const { id } of deliveries) done.add(id)
      }
      expect([...attempts].filter(([, attempt]) => attempt > 1)).toEqual(Array.from(failed, (id) => [id, 2]))
      expect(await queue.measure()).toMatchObject({ stored: 840, acked: 840, ready: 0, leased: 0, delayed: 0 })
    } finally {
      await rabbit.tool('rabbitmqctl', ['set_vm_memory_high_watermark', '0.4'])
    }
  })

  it('lose nothing that was confirmed when producers and consumers are killed twenty times', () =>
    endureKills(world, { rounds: 20, livesMs: 200, child: { lease: 30_000, pauseMs: 10 } }))

  describe('as durable edges', () =>
    durableEdge({ open: () => openStore(rabbit.url as StoreUrl), queueName: world.queueName }, false))
})
