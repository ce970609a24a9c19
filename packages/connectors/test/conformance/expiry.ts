import type { Caps } from 'forebay/queue'
import { describe, expect, it } from 'vitest'
import { drain, inWorld, take, type QueueWorld } from './queue-world.ts'

/** A message expires when it would be handed out after its time, tried before or not; one that was put back no more. */
export function expiryConformance(make: () => QueueWorld, caps: Caps): void {
  describe.runIf(caps.ttl)('time to live', () => {
    it('drops and counts what nobody took in time', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ ttl: 1000 })
        await subject.sender().put([{ body: 1 }, { body: 2, ttl: 10_000 }, { body: 3 }])
        await world.pass(2000)
        expect(await drain(subject, world)).toEqual([2])
        expect(subject.stats().dropped).toEqual({ expired: 2 })
      }))

    it('drops after its time also what was taken before: failed, given back, or not settled while its lease ran', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ lease: 3000 })
        const sender = subject.sender()
        const receiver = subject.receiver()
        await sender.put([{ body: 0 }]) // the first take may be slow
        for (const delivery of await take(receiver, world, 1)) await delivery.ack()
        const ends: string[] = []
        subject.onEnd(({ id, end, reason }) => ends.push(`${id} ${end} ${reason ?? ''}`.trim()))
        await sender.put(['failed', 'again', 'back', 'late'].map((id, body) => ({ body, id, ttl: 1500 })))
        await sender.put([{ body: 9, id: 'young', ttl: 60_000 }])
        const [failed, again, back, , young] = await take(receiver, world, 5)
        await again?.nack({ delay: 10 })
        const [second] = await take(receiver, world, 1)
        expect(second).toMatchObject({ id: 'again', attempt: 2 }) // in time: it is tried again
        for (const delivery of [failed, second, young]) await delivery?.nack({ delay: 1600 })
        await world.pass(1600)
        back?.release()
        await world.pass(1700)
        const [left] = await take(receiver, world, 1)
        expect(left).toMatchObject({ id: 'young', attempt: 2 })
        await left?.ack()
        expect(await drain(subject, world)).toEqual([])
        expect(await subject.measure()).toMatchObject({
          dropped: { expired: 4 },
          acked: 2,
          dead: 0,
          ready: 0,
          delayed: 0,
        })
        expect(ends.toSorted()).toEqual([
          'again dropped expired',
          'back dropped expired',
          'failed dropped expired',
          'late dropped expired',
          'young acked',
        ])
      }))

    it.runIf(caps.deadLetters !== 'none')('never drops a dead letter, nor one that was put back, however old', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        const receiver = subject.receiver()
        await subject.sender().put([{ body: 0 }]) // the first take may be slow
        for (const delivery of await take(receiver, world, 1)) await delivery.ack()
        await subject.sender().put([{ body: 1, ttl: 1000 }])
        const [doomed] = await take(receiver, world, 1)
        await doomed?.reject('no')
        await world.pass(1200)
        expect(await receiver.batch(1, 0)).toEqual([])
        expect(await subject.measure()).toMatchObject({ dead: 1, dropped: {} })
        expect(await subject.redrive()).toBe(1)
        const [first] = await take(receiver, world, 1)
        expect(first).toMatchObject({ body: 1, attempt: 1 })
        await first?.nack({ delay: 10 })
        const [second] = await take(receiver, world, 1)
        expect(second).toMatchObject({ body: 1, attempt: 2 })
        await second?.reject('no, still')
        expect(await subject.redrive()).toBe(1)
        expect(await drain(subject, world)).toEqual([1])
        expect(await subject.measure()).toMatchObject({ dead: 0, redriven: 2, dropped: {} })
      }),
    )
  })
}
