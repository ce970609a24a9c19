import type { Caps, Store } from 'forebay/queue'
import { describe, expect, it } from 'vitest'
import { drain, expectBalanced, inWorld, numbers, take, type QueueWorld, type Time } from './queue-world.ts'

export function lifecycleConformance(make: () => QueueWorld, caps: Caps, time: Time): void {
  const farAway = time === 'real' ? 10_000 : 60_000
  const isKeyed = caps.keys && caps.levels > 1
  describe('life', () => {
    it.runIf(caps.durability !== 'memory')(
      'finds after a restart what was put, retried, delayed, dead and remembered',
      async () => {
        const world = make()
        try {
          await inStore(world, async (store) => {
            const queue = await store.queue<number>('kept', { backoff: () => 5000 })
            await queue
              .sender()
              .put([
                ...numbers(500),
                ...(caps.delay ? [{ body: 1000, delay: farAway }] : []),
                { body: 2000, id: 'known', ...(caps.levels > 1 && { level: 3 as const }) },
                ...(isKeyed ? [3000, 3001].map((body) => ({ body, key: 'k', level: 0 as const })) : []),
              ])
            const receiver = queue.receiver()
            const [keyed] = isKeyed ? await take(receiver, world, 1) : []
            await keyed?.nack()
            const [acked, retried, buried] = await take(receiver, world, 3)
            await acked?.ack()
            await retried?.nack({ reason: 'once' })
            await buried?.reject('for good')
            await take(receiver, world, 10) // leased when the store closes
          })
          await inStore(world, async (store) => {
            const queue = await store.queue<number>('kept')
            const [keyed, waiting] = isKeyed ? [1, 1] : [0, 0]
            const late = caps.delay ? 1 : 0
            const { carriedIn, dead, leased, delayed, ready } = await queue.measure()
            expect({ carriedIn, dead, leased }).toEqual({ carriedIn: 500 + late + keyed + waiting, dead: 1, leased: 0 })
            expect(ready + delayed).toBe(carriedIn - 1)
            // A broker may not tell a message that waits to be tried again from one that is ready.
            if (caps.delay && caps.depth === 'exact') expect(delayed).toBe(1 + late + keyed)
            else expect(delayed).toBeLessThanOrEqual(1 + late + keyed)
            if (caps.dedupe !== 'none') {
              const [repeated] = await queue.sender().put([{ body: 1, id: 'known' }])
              expect(repeated?.status).toBe('duplicate')
            }
            const bodies = await drain(queue, world)
            expect(bodies).toEqual([...numbers(497, 3).map((item) => item.body), 2000])
            await world.pass(5001)
            const again = await take(queue.receiver(), world, 1 + keyed)
            if (isKeyed) expect(again[0]).toMatchObject({ body: 3000, attempt: 2 })
            expect(again.at(-1)).toMatchObject({ body: 1, attempt: 2, history: [{ reason: 'once' }] })
            for (const delivery of again) await delivery.ack()
            if (isKeyed) expect(await drain(queue, world)).toEqual([3001])
            await world.pass(farAway)
            expect(await drain(queue, world)).toEqual(caps.delay ? [1000] : [])
            expect((await queue.peek(5, 'dead')).map((message) => message.body)).toEqual([2])
            expectBalanced(await queue.measure())
          })
        } finally {
          await world.dispose()
        }
      },
    )

    it('opens a queue again after it was closed, and not twice at once', () =>
      inWorld(make, async ({ store, world }) => {
        const queue = await store.queue<number>('again')
        await queue.sender().put(numbers(3))
        await expect(store.queue('again')).rejects.toMatchObject({ code: 'FOREBAY_UNAVAILABLE' })
        await take(queue.receiver(), world, 2)
        await queue.close()
        await queue.close()
        const second = await store.queue<number>('again')
        expect(await second.measure()).toMatchObject({ carriedIn: 3, ready: 3, leased: 0 })
        const deliveries = await take(second.receiver(), world, 3)
        expect(deliveries.map((delivery) => delivery.attempt)).toEqual([1, 1, 1])
        expect(await store.list()).toEqual(['again'])
      }))

    it('refuses work once it is closed, and lets nobody wait for ever', () =>
      inWorld(make, async ({ store, world }) => {
        const queue = await store.queue<number>('closing', { maxItems: 1 })
        const sender = queue.sender()
        await sender.put(numbers(1))
        const waiting = sender.put(numbers(1)).catch((error: unknown) => error)
        const [delivery] = await take(queue.receiver(), world, 1)
        const pull = queue.receiver().next()
        await queue.close()
        expect(await waiting).toMatchObject({ code: 'FOREBAY_CLOSED' })
        expect(await pull).toBeUndefined()
        await expect(delivery?.ack()).rejects.toMatchObject({ code: 'FOREBAY_LEASE_LOST' })
        await expect(sender.put(numbers(1))).rejects.toMatchObject({ code: 'FOREBAY_CLOSED' })
        expect(queue.sender().credit).toMatchObject({ items: 0, reason: 'closed' })
        expect(await queue.receiver().next()).toBeUndefined()
      }))

    it('waits for puts that are under way when a sender closes', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        const sender = subject.sender()
        const put = sender.put(numbers(3))
        await sender.close()
        expect(subject.stats().stored).toBe(3)
        await put
        await expect(sender.put(numbers(1))).rejects.toMatchObject({ code: 'FOREBAY_CLOSED' })
        expect(await drain(subject, world)).toEqual([0, 1, 2])
      }))

    it('shows messages without moving them', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        await subject
          .sender()
          .put(numbers(500).map((item) => (caps.keys ? { ...item, key: `k${item.body % 100}` } : item)))
        const receiver = subject.receiver({ prefetch: 5 })
        const leased = await take(receiver, world, 5)
        expect((await subject.peek(3)).map((message) => message.body)).toEqual([5, 6, 7])
        expect((await subject.peek(10, 'leased')).map((message) => message.body)).toEqual([0, 1, 2, 3, 4])
        expect(await subject.peek(1000)).toHaveLength(495)
        await receiver.ackAll(leased)
        expect(await subject.measure()).toMatchObject({ ready: 495, leased: 0, acked: 5 })
      }))

    it('purges what is ready or waits, and nothing else', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ backoff: () => 60_000 })
        await subject.sender().put(numbers(1500))
        const keyed = numbers(20, 5000).map((item) => ({ ...item, key: 'one', level: 0 as const }))
        await subject.sender().put(isKeyed ? keyed : numbers(20, 5000))
        await subject.sender().put([{ body: 9000, ...(caps.delay && { delay: 60_000 }) }])
        const receiver = subject.receiver({ prefetch: 4 })
        const [held, leased, failed, dead] = await take(receiver, world, 4)
        expect(held?.key).toBe(isKeyed ? 'one' : undefined)
        await failed?.nack()
        await dead?.reject('no')
        expect(await subject.purge()).toBe(1521 - 3)
        expect(await subject.measure()).toMatchObject({ ready: 0, delayed: 0, leased: 2, dead: 1 })
        await held?.ack()
        await leased?.ack()
        await subject.sender().put([{ body: 1, ...(isKeyed && { key: 'one' }) }])
        expect(await drain(subject, world)).toEqual([1])
      }))

    it('knows the age of the oldest message without reading the queue', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        expect((await subject.measure()).oldestMs).toBe(0)
        await subject.sender().put(numbers(10))
        await world.pass(500)
        expect((await subject.measure()).oldestMs).toBeGreaterThanOrEqual(500)
        expect((await subject.measure()).oldestMs).toBeLessThan(5000)
        await drain(subject, world)
        expect((await subject.measure()).oldestMs).toBe(0)
      }))

    it('checks its options when it is opened, and items before anything is stored', () =>
      inWorld(make, async ({ queue, store }) => {
        await expect(store.queue('../etc')).rejects.toThrow(RangeError)
        await expect(queue({ maxItems: 0 })).rejects.toThrow('maxItems')
        await expect(queue({ partitions: 1001 })).rejects.toThrow('partitions')
        await expect(queue({ lease: 0 })).rejects.toThrow('lease')
        const subject = await queue()
        await expect(subject.sender().put([{ body: 1 }, { body: 2, level: 7 as never }])).rejects.toThrow(
          'items[1].level',
        )
        expect(await subject.measure()).toMatchObject({ stored: 0, ready: 0 })
      }))
  })
}

async function inStore(world: QueueWorld, work: (store: Store) => Promise<void>): Promise<void> {
  const store = await world.open()
  try {
    await work(store)
  } finally {
    await store.close()
  }
}
