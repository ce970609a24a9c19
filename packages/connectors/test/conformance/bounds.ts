import { isForebayError } from 'forebay'
import type { Caps } from 'forebay/queue'
import { describe, expect, it } from 'vitest'
import { balanced, drain, inWorld, isSettled, numbers, take, type QueueWorld } from './queue-world.ts'

const policies = ['drop-oldest', 'drop-newest', 'drop-lowest', 'drop-random', 'spill', 'latest'] as const

export function boundsConformance(make: () => QueueWorld, caps: Caps): void {
  describe('bounds', () => {
    it('makes a put wait while it is full, serves the waiters in order, and never stops its consumers', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ maxItems: 4 })
        const sender = subject.sender()
        await sender.put(numbers(4))
        const order: string[] = []
        const first = sender.put(numbers(2, 10)).then(() => order.push('first'))
        const second = subject
          .sender()
          .put(numbers(1, 20))
          .then(() => order.push('second'))
        await world.pass(5)
        expect(order).toEqual([])
        expect(sender.credit).toMatchObject({ items: 0, state: 'paused', reason: 'full' })
        expect(subject.stats().waiting).toBe(2)

        const receiver = subject.receiver()
        const [delivery] = await take(receiver, world, 1)
        await delivery?.ack()
        await world.pass(5)
        expect(order).toEqual([]) // one item of room: the second put would fit, but the first comes first
        for (const next of await take(receiver, world, 3)) await next.ack()
        await Promise.all([first, second])
        expect(order).toEqual(['first', 'second'])
        await receiver.close()
        expect(await drain(subject, world)).toEqual([10, 11, 20])
      }))

    it('keeps nothing of a put that gave up waiting', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ maxItems: 2 })
        await subject.sender().put(numbers(2))
        const gaveUp = new AbortController()
        const waiting = subject.sender().put(numbers(1, 10), { signal: gaveUp.signal })
        const behind = subject.sender().put(numbers(1, 20))
        await world.pass(1)
        gaveUp.abort(new Error('enough'))
        await expect(waiting).rejects.toThrow('enough')
        const receiver = subject.receiver()
        for (const delivery of await take(receiver, world, 2)) await delivery.ack()
        await behind
        await receiver.close()
        expect(await drain(subject, world)).toEqual([20])
        expect(await subject.measure()).toMatchObject({ stored: 3, rejected: 1, waiting: 0 })
      }))

    it('bounds the line of those that wait', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ maxItems: 1, maxWaiting: 1 })
        await subject.sender().put(numbers(1))
        const waits = subject.sender().put(numbers(1, 10))
        await world.pass(1)
        const refused = await subject
          .sender()
          .put(numbers(1, 20))
          .catch((error: unknown) => error)
        expect(isForebayError(refused, 'FOREBAY_SHED')).toBe(true)
        await drain(subject, world)
        await waits
        await drain(subject, world)
      }))

    it('sets room aside for a grant until it is used or released', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ maxItems: 3 })
        const sender = subject.sender()
        const grant = await sender.acquire({ items: 2 })
        expect(sender.credit.items).toBe(1)
        const tooMuch = sender.put(numbers(2))
        await world.pass(1)
        expect(await isSettled(tooMuch)).toBe(false)
        await sender.put(numbers(1, 10), { grant })
        await tooMuch
        expect(sender.credit.items).toBe(0)
        expect((await drain(subject, world)).toSorted((a, b) => a - b)).toEqual([0, 1, 10])

        const unused = await sender.acquire({ items: 3 })
        unused.release()
        unused.release()
        expect(sender.credit.items).toBe(3)
      }))

    it('counts bytes as it counts items', () =>
      inWorld(make, async ({ store, world }) => {
        const subject = await store.queue<string>('bytes', { maxBytes: 1000 })
        const sender = subject.sender()
        await sender.put([{ body: 'x'.repeat(600) }])
        const second = sender.put([{ body: 'y'.repeat(600) }])
        await world.pass(2)
        expect(await isSettled(second)).toBe(false)
        expect((await subject.measure()).bytes).toBeLessThanOrEqual(1000)
        const receiver = subject.receiver()
        const [first] = await take(receiver, world, 1)
        await first?.ack()
        await second
        expect((await subject.measure()).bytes).toBeLessThanOrEqual(1000)
        await receiver.close()
        const tooLarge = await sender.put([{ body: 'z'.repeat(2000) }]).catch((error: unknown) => error)
        expect(isForebayError(tooLarge, 'FOREBAY_TOO_LARGE')).toBe(true)
        await balanced(subject, world)
      }))

    it('refuses at once what can never fit', () =>
      inWorld(make, async ({ queue }) => {
        const subject = await queue({ maxItems: 3 })
        const tooMany = await subject
          .sender()
          .put(numbers(4))
          .catch((error: unknown) => error)
        expect(isForebayError(tooMany, 'FOREBAY_TOO_LARGE')).toBe(true)
      }))

    it('says when to come back when it rejects', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ maxItems: 2, overflow: 'reject' })
        await subject.sender().put(numbers(2))
        const shed = await subject
          .sender()
          .put(numbers(1))
          .catch((error: unknown) => error)
        expect(shed).toMatchObject({ code: 'FOREBAY_SHED', reason: 'line' })
        expect((shed as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0)
        expect(subject.stats().rejected).toBe(1)
        await drain(subject, world)
        await subject.sender().put(numbers(1))
      }))

    it('fails a put with overflow when that is asked for', () =>
      inWorld(make, async ({ queue }) => {
        const subject = await queue({ maxItems: 1, overflow: 'fail' })
        await subject.sender().put(numbers(1))
        const failed = await subject
          .sender()
          .put(numbers(1))
          .catch((error: unknown) => error)
        expect(isForebayError(failed, 'FOREBAY_OVERFLOW')).toBe(true)
      }))

    it('tells its sender when it is full and when it may go on', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ maxItems: 10, resumeAt: 0.5 })
        const told: string[] = []
        const stop = subject.sender().onCredit(({ state, reason }) => told.push(reason ?? state))
        await subject.sender().put(numbers(10))
        const receiver = subject.receiver()
        const deliveries = await take(receiver, world, 10)
        await receiver.ackAll(deliveries.slice(0, 4))
        expect(told).toEqual(['full'])
        await receiver.ackAll(deliveries.slice(4, 6))
        expect(told).toEqual(['full', 'open'])
        await receiver.ackAll(deliveries.slice(6))
        stop()
        await subject.sender().put(numbers(10))
        expect(told).toEqual(['full', 'open'])
      }))

    for (const overflow of policies) {
      if (!caps.overflow.includes(overflow)) {
        it(`says that it cannot ${overflow}`, () =>
          inWorld(make, async ({ queue }) => {
            await expect(queue({ overflow })).rejects.toMatchObject({ code: 'FOREBAY_UNSUPPORTED' })
          }))
      }
    }

    it.runIf(caps.overflow.includes('drop-oldest'))('drops the oldest for the newest, and what is leased stays', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ maxItems: 4, overflow: 'drop-oldest' })
        const receiver = subject.receiver()
        await subject.sender().put(numbers(4))
        const [leased] = await take(receiver, world, 1)
        const results = await subject.sender().put(numbers(5, 10))
        // Three could go, so the newest three of the batch have room and its own oldest two have not.
        expect(results.map((result) => result.status)).toEqual(['dropped', 'dropped', 'stored', 'stored', 'stored'])
        await leased?.ack()
        await receiver.close()
        expect(await drain(subject, world)).toEqual([12, 13, 14])
        expect(await subject.measure()).toMatchObject({ stored: 7, dropped: { oldest: 3, newest: 2 }, acked: 4 })
      }),
    )

    it.runIf(caps.overflow.includes('drop-oldest'))('drops the oldest though nobody has ever read the queue', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ maxItems: 300, overflow: 'drop-oldest' })
        for (let i = 0; i < 10; i++) await subject.sender().put(numbers(100, i * 100))
        expect(await subject.measure()).toMatchObject({ ready: 300, dropped: { oldest: 700 } })
        expect(await drain(subject, world)).toEqual(numbers(300, 700).map((item) => item.body))
      }),
    )

    it.runIf(caps.overflow.includes('drop-newest') && caps.boundItems === 'soft')(
      'drops what arrives when it has been full for a moment',
      () =>
        inWorld(make, async ({ queue, world }) => {
          const subject = await queue({ maxItems: 3, overflow: 'drop-newest' })
          let stored = 0
          for (let body = 0; subject.stats().dropped['newest'] !== 2; body++) {
            const [result] = await subject.sender().put([{ body }])
            if (result?.status === 'stored') stored++
            expect(stored).toBeLessThan(10)
          }
          expect(stored).toBeGreaterThanOrEqual(3)
          expect(await drain(subject, world)).toHaveLength(stored)
        }),
    )

    it.runIf(caps.overflow.includes('drop-newest') && caps.boundItems !== 'soft')(
      'drops what arrives when it is full',
      () =>
        inWorld(make, async ({ queue, world }) => {
          const subject = await queue({ maxItems: 3, overflow: 'drop-newest' })
          const results = await subject.sender().put(numbers(5))
          expect(results.map((result) => result.status)).toEqual(['stored', 'stored', 'stored', 'dropped', 'dropped'])
          expect(await subject.measure()).toMatchObject({ stored: 3, dropped: { newest: 2 } })
          expect(await drain(subject, world)).toEqual([0, 1, 2])
        }),
    )

    it.runIf(caps.overflow.includes('drop-lowest'))(
      'drops the least important first, and what arrives if none is less so',
      () =>
        inWorld(make, async ({ queue, world }) => {
          const subject = await queue({ maxItems: 3, overflow: 'drop-lowest' })
          const sender = subject.sender()
          await sender.put([
            { body: 1, level: 3 },
            { body: 2, level: 0 },
            { body: 3, level: 2 },
          ])
          const [first] = await sender.put([{ body: 4, level: 1 }])
          const [second] = await sender.put([{ body: 5, level: 2 }])
          expect([first?.status, second?.status]).toEqual(['stored', 'dropped'])
          expect(await drain(subject, world)).toEqual([2, 4, 3])
          expect(subject.stats().dropped).toEqual({ lowest: 1, newest: 1 })
        }),
    )
  })
}
