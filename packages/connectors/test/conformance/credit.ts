import fc from 'fast-check'
import type { Delivery } from 'forebay/queue'
import { describe, expect, it } from 'vitest'
import { drain, eventually, inWorld, isSettled, numbers, take, type QueueWorld, type Time } from './queue-world.ts'

type Step =
  | { do: 'put'; n: number }
  | { do: 'grant'; n: number }
  | { do: 'settle'; n: number; how: 'ack' | 'nack' | 'release' | 'forget' }
  | { do: 'pause' | 'resume' }
  | { do: 'pass'; ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('put' as const), n: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ do: fc.constant('grant' as const), n: fc.integer({ min: 1, max: 10 }) }),
  fc.record({
    do: fc.constant('settle' as const),
    n: fc.integer({ min: 1, max: 10 }),
    how: fc.constantFrom('ack', 'nack', 'release', 'forget'),
  }),
  fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const) }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 50 }) }),
)

export function creditConformance(make: () => QueueWorld, time: Time): void {
  describe('credit', () => {
    it('never has more out than was granted, and moves again whenever there is credit and something to deliver', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { minLength: 5, maxLength: 40 }),
          fc.integer({ min: 1, max: 12 }),
          (steps, prefetch) =>
            inWorld(make, async ({ queue, world }) => {
              const subject = await queue({
                lease: time === 'real' ? 300 : 30,
                maxAttempts: 1000,
                backoff: () => 5,
              })
              const receiver = subject.receiver({ prefetch })
              const out: Delivery<number>[] = []
              let granted = 0
              let delivered = 0
              receiver.onDelivery((deliveries) => {
                delivered += deliveries.length
                out.push(...deliveries)
                expect(delivered).toBeLessThanOrEqual(granted)
                expect(receiver.unsettled).toBeLessThanOrEqual(prefetch)
              })
              let put = 0
              for (const next of steps) {
                if (next.do === 'put') {
                  await subject.sender().put(numbers(next.n, put))
                  put += next.n
                } else if (next.do === 'grant') {
                  granted += next.n
                  receiver.grant(next.n)
                } else if (next.do === 'settle') {
                  for (const delivery of out.splice(0, next.n)) await settle(delivery, next.how)
                } else if (next.do === 'pass') await world.pass(next.ms)
                else receiver[next.do]()
                await eventually(world, () => expect(subject.stats().leased).toBe(receiver.unsettled))
              }

              // Liveness: with credit for all, every message that was ever put is delivered and ends.
              receiver.resume()
              const seen = new Set<number>()
              for (let round = 0; round < 400 && subject.stats().acked < put; round++) {
                granted += 5
                receiver.grant(5)
                await world.pass(10)
                for (const delivery of out.splice(0)) {
                  seen.add(delivery.body)
                  await settle(delivery, 'ack')
                }
              }
              expect(await subject.measure()).toMatchObject({ acked: put, ready: 0, leased: 0, delayed: 0 })
            }),
        ),
        { numRuns: time === 'real' ? 8 : 25 },
      )
    })

    it('delivers nothing without credit', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        await subject.sender().put(numbers(5))
        const receiver = subject.receiver()
        const handed: number[] = []
        receiver.onDelivery((deliveries) => handed.push(...deliveries.map((delivery) => delivery.body)))
        await world.pass(5)
        expect(handed).toEqual([])
        receiver.grant(2)
        await eventually(world, () => expect(handed).toHaveLength(2))
        await world.pass(5)
        expect(handed).toEqual([0, 1])
      }))

    it('takes nothing for a pull that was given up', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        const receiver = subject.receiver()
        const gaveUp = new AbortController()
        const pull = receiver.next(gaveUp.signal)
        gaveUp.abort(new Error('enough'))
        await expect(pull).rejects.toThrow('enough')
        await subject.sender().put(numbers(1))
        await world.pass(1)
        expect(await subject.measure()).toMatchObject({ ready: 1, leased: 0 })
        expect((await receiver.next())?.body).toBe(0)
      }))

    it('answers a batch when it is full or its time is over', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        const receiver = subject.receiver()
        await subject.sender().put(numbers(3))
        expect((await receiver.batch(2, 1000)).map((delivery) => delivery.body)).toEqual([0, 1])
        const partial = receiver.batch(5, 400)
        await world.pass(100)
        expect(await isSettled(partial)).toBe(false)
        await world.pass(400)
        expect((await partial).map((delivery) => delivery.body)).toEqual([2])
      }))

    it('shares messages between receivers without giving one to both', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        await subject.sender().put(numbers(40))
        const [a, b] = [subject.receiver(), subject.receiver()]
        const both = await Promise.all([take(a, world, 20), take(b, world, 20)])
        const bodies = both.flat().map((delivery) => delivery.body)
        expect(new Set(bodies).size).toBe(40)
        await Promise.all([a.ackAll(both[0]), b.ackAll(both[1])])
      }))

    it('can be iterated, and an iteration that is left takes no more', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        await subject.sender().put(numbers(5))
        const seen: number[] = []
        for await (const delivery of subject.receiver()) {
          seen.push(delivery.body)
          await delivery.ack()
          if (seen.length === 3) break
        }
        expect(seen).toEqual([0, 1, 2])
        expect(await drain(subject, world)).toEqual([3, 4])
      }))
  })
}

async function settle(delivery: Delivery<number>, how: 'ack' | 'nack' | 'release' | 'forget'): Promise<void> {
  if (how === 'forget') return // its lease will end
  if (how === 'release') delivery.release()
  else await delivery[how]().catch(() => undefined) // the lease may have ended meanwhile
}
