import type { Caps } from 'forebay/queue'
import { describe, expect, it } from 'vitest'
import { drain, eventually, inWorld, isSettled, numbers, take, type QueueWorld } from './queue-world.ts'

export function identityConformance(make: () => QueueWorld, caps: Caps): void {
  const has = caps.dedupe !== 'none'
  describe('identity', () => {
    it.runIf(!has)('says that it does not recognise repetitions', () =>
      inWorld(make, async ({ queue }) => {
        await expect(queue({ dedupe: { within: 1000 } })).rejects.toMatchObject({ code: 'FOREBAY_UNSUPPORTED' })
      }),
    )

    it.runIf(has)('stores an id once within the window, also when it was acknowledged meanwhile', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ dedupe: { within: 1000 } })
        const sender = subject.sender()
        const put = async (body: number, id: string): Promise<string | undefined> =>
          (await sender.put([{ body, id }]))[0]?.status
        expect(await put(1, 'a')).toBe('stored')
        expect(await put(2, 'a')).toBe('duplicate')
        expect(await drain(subject, world)).toEqual([1])
        expect(await put(3, 'a')).toBe('duplicate')
        await world.pass(1100)
        expect(await put(4, 'a')).toBe('stored')
        expect(await drain(subject, world)).toEqual([4])
        expect(await subject.measure()).toMatchObject({ stored: 2, duplicates: 2 })
      }),
    )

    it.runIf(has)('recognises repetitions within one batch and between puts under way', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        const twice = await subject.sender().put([
          { body: 1, id: 'a' },
          { body: 2, id: 'a' },
        ])
        expect(twice.map((result) => result.status)).toEqual(['stored', 'duplicate'])
        const both = await Promise.all([3, 4].map((body) => subject.sender().put([{ body, id: 'b' }])))
        expect(both.map((results) => results[0]?.status)).toEqual(['stored', 'duplicate'])
        expect(await drain(subject, world)).toEqual([1, 3])
      }),
    )

    it.runIf(has)('answers a repetition also when it is full', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ maxItems: 1 })
        await subject.sender().put([{ body: 1, id: 'a' }])
        const [again] = await subject.sender().put([{ body: 1, id: 'a' }])
        expect(again?.status).toBe('duplicate')

        // Two waiters with the same id: the one that is served second has become a repetition while it waited.
        const waiting = [2, 3].map((body) => subject.sender().put([{ body, id: 'b' }]))
        await world.pass(1)
        expect(await isSettled(waiting[0] as Promise<unknown>)).toBe(false)
        const receiver = subject.receiver({ prefetch: 1 })
        const [first] = await take(receiver, world, 1)
        await first?.ack()
        await waiting[0]
        const [second] = await take(receiver, world, 1)
        expect(second?.body).toBe(2)
        await second?.ack()
        expect((await waiting[1])?.[0]?.status).toBe('duplicate')
        await eventually(world, () => expect(subject.sender().credit.items).toBe(1))
      }),
    )

    it.runIf(caps.dedupe === 'time')('says that it does not bound how many ids it remembers', () =>
      inWorld(make, async ({ queue }) => {
        await expect(queue({ dedupe: { max: 10 } })).rejects.toMatchObject({ code: 'FOREBAY_UNSUPPORTED' })
      }),
    )

    it.runIf(caps.dedupe === 'window')('forgets the oldest ids when there are more than it keeps', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue({ dedupe: { max: 10 } })
        await subject.sender().put(numbers(15).map(({ body }) => ({ body, id: `id ${body}` })))
        const again = await subject.sender().put([
          { body: 0, id: 'id 14' },
          { body: 1, id: 'id 0' },
        ])
        expect(again.map((result) => result.status)).toEqual(['duplicate', 'stored'])
        expect(await drain(subject, world)).toHaveLength(16)
      }),
    )

    it.runIf(caps.transactions !== true)("says that it cannot put within a transaction of the caller's", () =>
      inWorld(make, async ({ queue }) => {
        const put = (await queue()).sender().put(numbers(1), { transaction: {} })
        await expect(put).rejects.toMatchObject({ code: 'FOREBAY_UNSUPPORTED' })
      }),
    )

    it('gives each message an id of its own, headers and the time it was put', () =>
      inWorld(make, async ({ queue, world }) => {
        const subject = await queue()
        const results = await subject.sender().put([{ body: 1, headers: { trace: 'x' } }, { body: 2 }])
        const deliveries = await take(subject.receiver(), world, 2)
        expect(deliveries.map((delivery) => delivery.id)).toEqual(results.map((result) => result.id))
        expect(new Set(results.map((result) => result.id)).size).toBe(2)
        expect(deliveries.map((delivery) => delivery.headers)).toEqual([{ trace: 'x' }, {}])
        expect(deliveries[0]?.enqueuedAt).toBeGreaterThan(1_600_000_000_000)
        for (const delivery of deliveries) await delivery.ack()
      }))
  })
}
