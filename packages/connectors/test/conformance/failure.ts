import type { Caps } from 'forebay/queue'
import { describe, expect, it } from 'vitest'
import { drain, eventually, inWorld, numbers, passUntil, take, type QueueWorld, type Time } from './queue-world.ts'

export function failureConformance(make: () => QueueWorld, caps: Caps, time: Time): void {
  describe('failure', () => {
    it('delivers again, as the next attempt, what was not settled in time', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ lease: 500 })
        await subject.sender().put(numbers(1))
        const receiver = subject.receiver()
        const [late] = await take(receiver, world, 1)
        expect(late?.attempt).toBe(1)
        await world.pass(300)
        expect(await subject.measure()).toMatchObject({ leased: 1, delayed: 0 })
        await world.pass(300)
        const [again] = await take(receiver, world, 1)
        expect(again).toMatchObject({ id: late?.id, body: 0, attempt: 2 })
        await expect(late?.ack()).rejects.toMatchObject({ code: 'FOREBAY_LEASE_LOST' })
        await again?.ack()
        await expect(again?.ack()).rejects.toMatchObject({ code: 'FOREBAY_LEASE_LOST' })
        expect(await subject.measure()).toMatchObject({ acked: 1, redelivered: 1, failed: 1 })
      }))

    it.runIf(caps.extend)('leaves a lease that is extended alone', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ lease: 500 })
        await subject.sender().put(numbers(1))
        const [delivery] = await take(subject.receiver(), world, 1)
        for (let i = 0; i < 5; i++) {
          await world.pass(300)
          await delivery?.extend(500)
        }
        expect(delivery?.deadline).toBeGreaterThan(world.now())
        await delivery?.ack()
        expect(await subject.measure()).toMatchObject({ acked: 1, failed: 0 })
      }),
    )

    it.runIf(caps.extend)('renews what a receiver has out while it is open, if that is asked for', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ lease: 150 })
        await subject.sender().put(numbers(2))
        const renewing = subject.receiver({ renew: true })
        const [first, second] = await take(renewing, world, 2)
        for (let i = 0; i < 8; i++) await world.pass(70)
        expect(await subject.measure()).toMatchObject({ leased: 2, failed: 0 })
        await first?.ack()
        await renewing.close()
        const [again] = await take(subject.receiver(), world, 1)
        expect(again).toMatchObject({ id: second?.id, attempt: 1 })
        await world.pass(160)
        await eventually(world, () => expect(subject.stats()).toMatchObject({ leased: 0, failed: 1 }))
      }),
    )

    it('tries again after the delay of a nack, and after the backoff when it names none', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ backoff: (failed) => failed * 1000 })
        await subject.sender().put(numbers(1))
        const receiver = subject.receiver()
        const [first] = await take(receiver, world, 1)
        await first?.nack({ delay: 200, reason: 'not yet' })
        await world.pass(100)
        expect(await receiver.batch(1, 0)).toEqual([])
        expect(await subject.measure()).toMatchObject({ delayed: 1, leased: 0 })
        await world.pass(150)
        const [second] = await take(receiver, world, 1)
        expect(second?.attempt).toBe(2)
        expect(second?.history).toMatchObject([{ attempt: 1, reason: 'not yet' }])
        await second?.nack()
        await world.pass(time === 'real' ? 1500 : 1900)
        expect(await receiver.batch(1, 0)).toEqual([])
        await world.pass(200)
        const [third] = await take(receiver, world, 1)
        await third?.ack()
      }))

    it.runIf(caps.deadLetters !== 'none')(
      'makes a dead letter of what fails too often, and puts it back with its id',
      () =>
        inWorld(make, async ({ queue, world }) => {
          const subject = await queue({ maxAttempts: 3, backoff: () => 10 })
          const [put] = await subject.sender().put([{ body: 7, id: 'seven', headers: { from: 'here' } }])
          expect(put).toEqual({ id: 'seven', status: 'stored' })
          const ends: string[] = []
          subject.onEnd(({ id, end }) => ends.push(`${id} ${end}`))
          const receiver = subject.receiver()
          for (let attempt = 1; attempt <= 3; attempt++) {
            const [delivery] = await take(receiver, world, 1)
            expect(delivery?.attempt).toBe(attempt)
            await delivery?.nack({ reason: `failure ${attempt}` })
          }
          await world.pass(50)
          expect(await receiver.batch(1, 0)).toEqual([])
          expect(await subject.measure()).toMatchObject({ dead: 1, deadLettered: 1, ready: 0, delayed: 0 })
          const [dead] = await subject.peek(10, 'dead')
          expect(dead).toMatchObject({ id: 'seven', body: 7, attempts: 3, headers: { from: 'here' } })
          expect(dead?.history.map((entry) => entry.reason)).toEqual(['failure 1', 'failure 2', 'failure 3'])
          expect(ends).toEqual(['seven dead'])

          expect(await passUntil(world, subject.redrive())).toBe(1)
          const [back] = await take(receiver, world, 1)
          expect(back).toMatchObject({ id: 'seven', body: 7, attempt: 1, headers: { from: 'here' } })
          await back?.ack()
          expect(await subject.measure()).toMatchObject({ dead: 0, redriven: 1, acked: 1 })
          expect(ends).toEqual(['seven dead', 'seven acked'])
        }),
    )

    it.runIf(caps.deadLetters !== 'none')('redrives what a filter accepts, no faster than the rate', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        await subject.sender().put(numbers(30))
        for (const delivery of await take(subject.receiver(), world, 30)) await delivery.reject('never')
        expect((await subject.measure()).dead).toBe(30)
        const redriving = subject.redrive({ rate: 50, filter: (message) => (message.body ?? 0) % 2 === 0 })
        await world.pass(150)
        expect((await subject.measure()).redriven).toBeLessThanOrEqual(10)
        expect(await passUntil(world, redriving)).toBe(15)
        expect(await drain(subject, world)).toEqual(Array.from({ length: 15 }, (_, i) => 2 * i))
        expect(await passUntil(world, subject.redrive({ max: 4, rate: 1000 }))).toBe(4)
        expect(await subject.purge('dead')).toBe(11)
        expect(await drain(subject, world)).toEqual([1, 3, 5, 7])
        expect(await subject.measure()).toMatchObject({ dead: 0, dropped: { purged: 11 } })
      }),
    )

    it('buries a body that does not decode instead of delivering it', () =>
      inWorld(make, async ({ store, world }) => {
        const codec = {
          encode: (body: number) => Uint8Array.of(body),
          decode: ([byte]: Uint8Array) => {
            if (byte === 13) throw new Error('unlucky')
            return byte ?? 0
          },
        }
        const subject = await store.queue<number>('strict', { codec })
        await subject.sender().put([{ body: 12 }, { body: 13 }, { body: 14 }])
        expect(await drain(subject, world)).toEqual([12, 14])
        const [dead] = await subject.peek(1, 'dead')
        expect(dead).toMatchObject({ body: undefined })
        expect(dead?.history.at(-1)?.reason).toContain('unlucky')
      }))

    it('gives back what a receiver had when it closes, at its old place and with no attempt burnt', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        await subject.sender().put(numbers(6))
        const gone = subject.receiver()
        const [first] = await take(gone, world, 4)
        await first?.ack()
        await gone.close()
        expect(gone.isClosed).toBe(true)
        expect(await gone.next()).toBeUndefined()
        const receiver = subject.receiver()
        const deliveries = await take(receiver, world, 5)
        expect(deliveries.map((delivery) => [delivery.body, delivery.attempt])).toEqual([
          [1, 1],
          [2, 1],
          [3, 1],
          [4, 1],
          [5, 1],
        ])
        await receiver.ackAll(deliveries)
      }))

    it('waits for what is being worked on when it closes with a drain', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        await subject.sender().put(numbers(2))
        const receiver = subject.receiver()
        const [first, second] = await take(receiver, world, 2)
        const closing = receiver.close({ drainMs: 1000 })
        await first?.ack()
        await second?.ack()
        await closing
        expect(await subject.measure()).toMatchObject({ acked: 2, ready: 0, receivers: 0 })
      }))
  })
}
