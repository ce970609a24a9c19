import { describe, expect, it } from 'vitest'
import { world } from '../../testkit/world.ts'
import { flow } from '../sources.ts'
import { mergeHub } from './merge-hub.ts'

const codeOf = (code: string) => expect.objectContaining({ code })

describe('mergeHub', () => {
  it('brings everything of producers that come while it runs, and completes when told', async () => {
    const hub = mergeHub<number>({ items: 4, perProducer: 2 })
    const seen = hub.flow.toArray(1000)
    const runs = [0, 100, 200].map(
      (from) =>
        flow
          .range(from + 1, from + 100)
          .to(hub.sink())
          .run().done,
    )
    expect(await Promise.all(runs)).toEqual([100, 100, 100])
    hub.shutdown()

    const items = await seen
    expect(items.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, n) => n + 1))
    for (const from of [0, 100, 200]) {
      const own = items.filter((n) => n > from && n <= from + 100)
      expect(own).toEqual(own.toSorted((a, b) => a - b))
    }
    expect(hub.inspect()).toMatchObject({ state: 'closed', in: 300, out: 300, held: 0, dropped: 0, producers: [] })
  })

  it('is fair, however many writes a producer has out, and holds no more than it may', async () => {
    await world(1, async (w) => {
      const hub = mergeHub<string>({ items: 6, perProducer: 4 })
      const endless = (name: string) => flow.range(1, 100_000).map(() => name)
      w.run(endless('greedy').to(hub.sink(), { concurrency: 64 }))
      w.run(endless('a').to(hub.sink()))
      w.run(endless('b').to(hub.sink()))
      const sink = w.sink<string>()
      w.run(hub.flow, sink)
      const counts: Record<string, number> = {}
      for (let n = 0; n < 600; n++) {
        const name = await sink.requestNext()
        counts[name] = (counts[name] ?? 0) + 1
        const { held, producers } = hub.inspect()
        expect(held).toBeLessThanOrEqual(6)
        for (const producer of producers) expect(producer.held).toBeLessThanOrEqual(4)
      }
      for (const name of ['greedy', 'a', 'b']) expect(Math.abs((counts[name] as number) - 200)).toBeLessThan(10)
    })
  })

  it('takes from those that hold something in turn', async () => {
    await world(1, async (w) => {
      const hub = mergeHub<number>()
      w.run(flow([1, 2, 3]).to(hub.sink()))
      w.run(flow([11, 12, 13, 14]).to(hub.sink()))
      const sink = w.sink<number>()
      w.run(hub.flow, sink)
      sink.request(9)
      await sink.expectNext(1, 11, 2, 12, 3, 13, 14)
    })
  })

  it('goes on when a producer fails, is cancelled or ends, and keeps what it had brought', async () => {
    await world(1, async (w) => {
      const hub = mergeHub<number>({ perProducer: 2 })
      const [failing, cancelled] = [w.source<number>(), w.source<number>()]
      w.run(failing.flow.to(hub.sink({ name: 'failing' })))
      const run = w.run(cancelled.flow.to(hub.sink({ name: 'cancelled' })))
      failing.send(1)
      failing.fail(new Error('of its own'))
      cancelled.send(11, 12, 13)
      await w.advance(1)
      expect(hub.inspect().producers).toEqual([{ name: 'cancelled', in: 2, held: 2, waiting: 1 }])
      run.cancel('enough')
      await w.advance(1)
      expect(hub.inspect().producers).toEqual([])
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 3, out: 2 } })

      const sink = w.sink<number>()
      w.run(hub.flow, sink)
      sink.request(9)
      await sink.expectUnordered(1, 11, 12)
      await sink.expectNothing(5)
      w.run(flow([21]).to(hub.sink()))
      await sink.expectNext(21)
    })
  })

  it('takes no new producers after shutdown, and ends when those that are there have', async () => {
    await world(1, async (w) => {
      const hub = mergeHub<number>({ name: 'events' })
      const source = w.source<number>()
      w.run(source.flow.to(hub.sink()))
      hub.shutdown()
      hub.shutdown()
      expect(() => flow([1]).to(hub.sink()).run()).toThrow('events takes no more items')
      source.send(1, 2)
      await w.advance(1)
      expect(hub.inspect()).toMatchObject({ state: 'draining', held: 2 })
      source.complete()
      await w.advance(1)
      const sink = w.sink<number>()
      w.run(hub.flow, sink)
      sink.request(2)
      await sink.expectNext(1, 2)
      await sink.expectComplete()
    })
  })

  it('ends a flow that is run after it was shut down empty, or aborted', async () => {
    const empty = mergeHub<number>()
    empty.shutdown()
    expect(await empty.flow.toArray(1)).toEqual([])

    const aborted = mergeHub<number>()
    const boom = new Error('boom')
    aborted.abort(boom)
    aborted.abort(new Error('too late'))
    await expect(aborted.flow.toArray(1)).rejects.toBe(boom)
    expect(() => flow([1]).to(aborted.sink()).run()).toThrow(boom)
  })

  it('fails its flow and its producers at once when it is aborted, and counts what it held', async () => {
    await world(1, async (w) => {
      const hub = mergeHub<number>({ items: 2 })
      const producer = w.run(flow.range(1, 9).to(hub.sink()))
      const sink = w.sink<number>()
      const run = w.run(hub.flow, sink)
      sink.request(1)
      await sink.expectNext(1)
      const boom = new Error('boom')
      hub.abort(boom)

      expect(await sink.expectFailure()).toBe(boom)
      await expect(producer.done).rejects.toBe(boom)
      expect(hub.inspect()).toMatchObject({ state: 'closed', in: 3, out: 1, held: 0, dropped: 2 })
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 3, dropped: { failed: 2 } } })
      expect(producer.inspect().balanced).toBe(true)
    })
  })

  it('lets no producer hang when its flow has had enough or is drained', async () => {
    for (const how of ['take', 'drain'] as const) {
      await world(1, async (w) => {
        const hub = mergeHub<number>({ items: 4, perProducer: 2 })
        const producers = [0, 1, 2].map(() => w.run(flow.range(1, 1000).to(hub.sink())))
        const sink = w.sink<number>()
        const run = w.run(how === 'take' ? hub.flow.take(3) : hub.flow, sink)
        sink.request(3)
        await sink.expectCount(3)
        if (how === 'drain') {
          void run.drain()
          sink.request(100)
          await sink.expectCount(4) // what it held is handed on
        }
        await sink.expectComplete()
        for (const producer of producers) await expect(producer.done).rejects.toEqual(codeOf('FOREBAY_CLOSED'))
        const { in: came, out, held, dropped } = hub.inspect()
        expect(came).toBe(out + held + dropped)
        expect(held).toBe(0)
        expect(run.inspect().balanced).toBe(true)
      })
    }
  })

  it('feeds one run, and has no more producers than it may', async () => {
    const hub = mergeHub<number>({ maxProducers: 1 })
    const first = hub.sink().open()
    expect(() => hub.sink().open()).toThrow(codeOf('FOREBAY_OVERFLOW'))
    first.close?.()
    hub.sink().open().close?.()
    hub.shutdown()
    await hub.flow.drain()
    expect(() => hub.flow.drain()).toThrow(codeOf('FOREBAY_ALREADY_RUN'))
    expect(() => mergeHub({ items: 0 })).toThrow('items: expected a whole number from 1')
    expect(() => mergeHub({ perProducer: 0.5 })).toThrow('perProducer: expected a whole number from 1')
  })

  it('keeps nothing of producers that come and go', async () => {
    const hub = mergeHub<number>({ items: 8 })
    const count = hub.flow.count()
    for (let n = 0; n < 2000; n++) await flow([n, n]).to(hub.sink()).run().done
    expect(hub.inspect().producers).toEqual([])
    hub.shutdown()
    expect(await count).toBe(4000)
  })
})
