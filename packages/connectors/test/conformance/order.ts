import fc from 'fast-check'
import type { Caps } from 'forebay/queue'
import { describe, expect, it } from 'vitest'
import { drain, inWorld, numbers, take, type QueueWorld, type Time } from './queue-world.ts'

/** What an item asks for, and whether a store can do it. */
const wishes = {
  keys: { wish: { key: 'k' }, can: (caps: Caps) => caps.keys },
  groups: { wish: { group: 'g' }, can: (caps: Caps) => caps.groups },
  levels: { wish: { level: 0 as const }, can: (caps: Caps) => caps.levels > 1 },
  delay: { wish: { delay: 100 }, can: (caps: Caps) => caps.delay },
  ttl: { wish: { ttl: 100 }, can: (caps: Caps) => caps.ttl },
}

export function orderConformance(make: () => QueueWorld, caps: Caps, time: Time): void {
  describe('order', () => {
    for (const [name, { wish, can }] of Object.entries(wishes)) {
      it.runIf(!can(caps))(`says that it does not know ${name}, and stores nothing`, () =>
        inWorld(make, async ({ queue }) => {
          const subject = await queue()
          const put = subject.sender().put([{ body: 1 }, { body: 2, ...wish }])
          await expect(put).rejects.toMatchObject({ code: 'FOREBAY_UNSUPPORTED' })
          expect(await subject.measure()).toMatchObject({ stored: 0, ready: 0 })
        }),
      )
    }

    it.runIf(caps.order === 'queue')('delivers in the order of the puts', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        const sender = subject.sender()
        for (let i = 0; i < 20; i++) await sender.put(numbers(i === 0 ? 700 : 1 + (i % 3), i * 1000))
        const stored = subject.stats().stored
        const bodies = await drain(subject, world)
        expect(bodies).toHaveLength(stored)
        expect(bodies).toEqual(bodies.toSorted((a, b) => a - b))
      }),
    )

    it.runIf(caps.partitions !== true)('takes partitions as a hint that changes nothing: it has one order', () =>
      inWorld(make, async ({ queue, store, world }) => {
        const subject = await queue({ partitions: 3 })
        for (let from = 0; from < 30; from += 10) await subject.sender().put(numbers(10, from))
        expect(await drain(subject, world)).toEqual(numbers(30).map(({ body }) => body))
        expect(store.reports.filter(({ message }) => message.includes('partition'))).toEqual([])
      }),
    )

    it.runIf(caps.shared)('lets as many clients take at once as its partitions say', { timeout: 30_000 }, () =>
      inWorld(make, async ({ store, world }) => {
        const stores = [store, await world.open(), await world.open()]
        try {
          const queues = []
          for (const one of stores) queues.push(await one.queue<number>('dealt', { partitions: stores.length }))
          await queues[0]?.sender().put(numbers(300))
          const receivers = queues.map((queue) => queue.receiver({ prefetch: 1 }))
          let together = 0
          for (let round = 0; round < 50 && together < stores.length; round++) {
            const taken = await Promise.all(receivers.map((receiver) => receiver.batch(1, 500)))
            together = taken.filter((deliveries) => deliveries.length > 0).length
            // Parts that go to another client meanwhile are delivered again.
            await Promise.allSettled(taken.flat().map((delivery) => delivery.ack()))
          }
          expect(together).toBe(stores.length)
        } finally {
          for (const one of stores.slice(1)) await one.close()
        }
      }),
    )

    it.runIf(caps.keys)(
      'has one message of a key out at a time, in order, retries included, whatever happens to them',
      async () => {
        const plan = fc.array(fc.constantFrom('ack', 'nack', 'release', 'expire'), { minLength: 1, maxLength: 60 })
        await fc.assert(
          fc.asyncProperty(plan, (fates) =>
            inWorld(make, async ({ queue, world }) => {
              const subject = await queue({
                lease: time === 'real' ? 300 : 50,
                backoff: () => 20,
                maxAttempts: 1000,
              })
              const keys = ['a', 'b', 'c']
              const items = numbers(30).map(({ body }) => ({ body, key: keys[body % 3] as string }))
              await subject.sender().put(items)
              const receiver = subject.receiver({ prefetch: 8 })
              const done: Record<string, number[]> = { a: [], b: [], c: [] }
              for (let turn = 0; subject.stats().acked < 30; turn++) {
                expect(turn).toBeLessThan(1000)
                const deliveries = await receiver.batch(8, 0)
                const out = deliveries.map((delivery) => delivery.key)
                expect(new Set(out).size).toBe(out.length)
                for (const delivery of deliveries) {
                  const fate = fates.shift() ?? 'ack'
                  if (fate === 'ack') done[delivery.key as string]?.push(delivery.body)
                  if (fate === 'release') delivery.release()
                  else if (fate !== 'expire') await delivery[fate]()
                }
                await world.pass(deliveries.length === 0 ? 25 : 1)
              }
              for (const bodies of Object.values(done)) expect(bodies).toEqual(bodies.toSorted((a, b) => a - b))
            }),
          ),
          { numRuns: time === 'real' ? 4 : 15 },
        )
      },
    )

    it.runIf(caps.keys)('lets other keys pass one that waits', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        await subject.sender().put([
          { body: 1, key: 'slow' },
          { body: 2, key: 'slow' },
          { body: 3, key: 'quick' },
        ])
        const receiver = subject.receiver()
        const out = await take(receiver, world, 2)
        expect(out.map((delivery) => delivery.body)).toEqual([1, 3])
        await out[0]?.nack({ delay: 500 })
        await world.pass(100)
        expect(await receiver.batch(1, 0)).toEqual([])
        await world.pass(500)
        const [again] = await take(receiver, world, 1)
        expect(again?.body).toBe(1)
        await again?.ack()
        const [next] = await take(receiver, world, 1)
        expect(next?.body).toBe(2)
        await receiver.ackAll([out[1], next].filter((delivery) => delivery !== undefined))
      }),
    )

    it.runIf(caps.levels > 1)('delivers the most important level first', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        await subject.sender().put(([3, 1, 0, 2, 0, 1] as const).map((level, body) => ({ body, level })))
        expect(await drain(subject, world)).toEqual([2, 4, 1, 5, 3, 0])
      }),
    )

    it.runIf(caps.groups)('lets groups take turns, so that a flood does not hold up a few', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        await subject.sender().put(numbers(10_000).map((item) => ({ ...item, group: 'flood' })))
        await subject.sender().put(numbers(10, 100_000).map((item) => ({ ...item, group: 'few' })))
        const receiver = subject.receiver({ prefetch: 30 })
        const first = await take(receiver, world, 30)
        expect(first.filter((delivery) => delivery.group === 'few')).toHaveLength(10)
        await receiver.ackAll(first)
      }),
    )

    it.runIf(caps.delay)('holds a delayed message back until its time', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        await subject.sender().put([{ body: 1, delay: 5000 }, { body: 2 }, { body: 3, delay: 2000 }])
        const stored = world.now()
        const passUpTo = (ms: number): Promise<void> => world.pass(Math.max(0, stored + ms - world.now()))
        expect(await drain(subject, world)).toEqual([2])
        expect(await subject.measure()).toMatchObject({ delayed: 2, ready: 0 })
        expect((await subject.peek(5, 'delayed')).map((message) => message.body)).toEqual([3, 1])
        await passUpTo(2300)
        expect(await drain(subject, world)).toEqual([3])
        await subject.sender().put([{ body: 4, delay: 20 }])
        await world.pass(200)
        expect(await drain(subject, world)).toEqual([4])
        await passUpTo(5500)
        expect(await drain(subject, world)).toEqual([1])
      }),
    )
  })
}
