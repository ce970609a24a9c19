import { describe, expect, it } from 'vitest'
import { world } from '../../testkit/world.ts'
import { flow } from '../sources.ts'
import { atMost, atMostWeight } from './at-most.ts'
import { skipLast, takeLast } from './last.ts'
import { takeUntil } from './take.ts'

describe('takeLast and skipLast', () => {
  it('part a flow in two, whatever its length, undefined included', async () => {
    for (const length of [0, 1, 2, 3, 100]) {
      const items = Array.from({ length }, (_, index) => (index === 1 ? undefined : index))

      expect(await flow(items).via(takeLast(2)).toArray(100)).toEqual(items.slice(-2))
      expect(await flow(items).via(skipLast(2)).toArray(100)).toEqual(items.slice(0, -2))
    }
  })

  it('complete without demand as far as nothing is left to come', async () => {
    await world(1, async (w) => {
      const sink = w.sink<number>()
      w.run(flow.range(1, 2).via(skipLast(5)), sink)
      sink.request(1)
      await sink.expectComplete()
    })
    await world(1, async (w) => {
      const sink = w.sink<number>()
      w.run(flow.range(1, 3).via(takeLast(2)), sink)
      sink.request(2)
      await sink.expectNext(2)
      await sink.expectNext(3)
      await sink.expectComplete()
    })
  })

  it('return what they hold when the flow is cancelled', async () => {
    await world(1, async (w) => {
      for (const piece of [takeLast<number>(2), skipLast<number>(2)]) {
        const source = w.source<number>()
        const sink = w.sink<number>()
        const run = w.run(source.flow.via(piece), sink)
        sink.request(1)
        source.send(1)
        source.send(2)
        await w.advance(0)
        expect(run.inspect().ledger).toMatchObject({ in: 2, inFlight: 2 })
        run.cancel()
        await w.advance(0)

        expect(run.inspect()).toMatchObject({
          balanced: true,
          ledger: { in: 2, out: 0, dropped: { cancelled: 2 }, inFlight: 0 },
        })
      }
    })
  })

  it('say how many they may hold, before the flow runs', () => {
    expect(
      flow([1])
        .via(takeLast(20))
        .to(() => {})
        .explain().worstItems,
    ).toBe(21)
    for (const make of [takeLast, skipLast]) {
      for (const count of [0, -1, 1.5, Infinity, undefined]) {
        expect(() => make(count as number)).toThrow(/^(take|skip)Last: expected a whole number from 1/)
      }
    }
  })
})

describe('takeUntil', () => {
  it('asks an endless source for nothing behind the marker, and closes it', async () => {
    let last = 0
    let closed = 0
    const endless = {
      *[Symbol.iterator]() {
        try {
          for (;;) yield ++last
        } finally {
          closed++
        }
      },
    }

    expect(
      await flow(endless)
        .via(takeUntil((n) => n === 3))
        .toArray(9),
    ).toEqual([1, 2, 3])
    expect([last, closed]).toEqual([3, 1])
    expect(() => takeUntil(undefined as never)).toThrow('takeUntil: expected a function, got undefined')
  })
})

describe('atMost and atMostWeight', () => {
  it('let exactly as much pass as may be, and fail in the item beyond', async () => {
    expect(await flow.range(1, 3).via(atMost(3)).count()).toBe(3)
    expect(await flow([]).via(atMost(0)).count()).toBe(0)
    expect(
      await flow([2, 0, 3])
        .via(atMostWeight(5, (n) => n))
        .count(),
    ).toBe(3)
    for (const piece of [atMost<number>(2), atMostWeight<number>(3, (n) => n)]) {
      const run = flow
        .range(1, 9)
        .via(piece)
        .to(() => {})
        .run()
      await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_OVERFLOW' })
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 3, out: 2, dropped: { failed: 1 } } })
    }
  })

  it('fail with a weight that is none, instead of counting nothing from then on', async () => {
    for (const weight of [NaN, -1, '2', undefined]) {
      await expect(
        flow([1])
          .via(atMostWeight(9, () => weight as number))
          .count(),
      ).rejects.toThrow(/^weight: expected a number from 0 to Infinity/)
    }
  })

  it('say what they need', () => {
    for (const max of [-1, 1.5, NaN, '3']) {
      expect(() => atMost(max as number)).toThrow(/^atMost: expected a whole number/)
    }
    expect(() => atMostWeight(-1, () => 1)).toThrow(/^atMostWeight: expected a number from 0/)
    expect(() => atMostWeight(1, 1 as never)).toThrow(/^atMostWeight weightOf: expected a function/)
  })
})
