import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Run } from '../../kernel/run.ts'
import { world } from '../../testkit/world.ts'
import { flow } from '../sources.ts'
import { aggregateWithBoundary } from './aggregate-with-boundary.ts'
import { sessionWindow } from './session-window.ts'
import { windowByTime, type TimeWindow, type WindowByTimeOptions } from './window-by-time.ts'

const self = (n: number): number => n

describe('sessionWindow', () => {
  it('holds a session that ended without demand, stops upstream, and goes on after it', () =>
    world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number[]>()
      w.run(source.flow.via(sessionWindow<number>({ gap: 10, items: 5 })), sink)
      await source.expectDemand(5)
      source.send(1, 2)
      await w.advance(30)
      expect(sink.received).toEqual([])
      expect(source.demand).toBe(0)

      sink.request(1)
      await sink.expectNext([1, 2])
      await source.expectDemand(5)
      source.send(3)
      source.complete()
      sink.request(1)
      await sink.expectNext([3])
      await sink.expectComplete()
    }))

  it('ends after `within` although items keep coming', () =>
    world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number[]>()
      w.run(source.flow.via(sessionWindow<number>({ gap: 10, items: 100, within: 25 })), sink)
      sink.request(9)
      for (let n = 0; n < 8; n++) {
        source.send(n)
        await w.advance(8)
      }
      expect(sink.received).toEqual([
        [0, 1, 2, 3],
        [4, 5, 6, 7],
      ])
      sink.cancel()
    }))

  it('keeps values that are nothing, and has no session without items', () =>
    world(1, async (w) => {
      const run = flow([null, undefined])
        .via(sessionWindow<unknown>({ gap: 1, items: 9 }))
        .toArray(9)
      const none = flow([])
        .via(sessionWindow<unknown>({ gap: 1, items: 9 }))
        .toArray(9)
      await w.advance(0)
      expect(await run).toEqual([[null, undefined]])
      expect(await none).toEqual([])
    }))
})

describe('aggregateWithBoundary', () => {
  it.each(['seed', 'fold', 'isFull'])('fails when %s throws, after what it holds, with its ledger balanced', (name) =>
    world(1, async (w) => {
      const sink = w.sink<number>()
      const thrower = (n: number): never => {
        throw new Error(`thrown at ${n}`)
      }
      const when =
        (at: number): ((n: number) => number) =>
        (n) =>
          n === at ? thrower(n) : n
      const run = w.run(
        flow([1, 2, 3]).via(
          aggregateWithBoundary<number, number>({
            seed: name === 'seed' ? when(3) : self,
            fold: (sum, n) => sum + (name === 'fold' ? when(2)(n) : n),
            isFull: (sum) => (name === 'isFull' && sum === 3 ? thrower(sum) : sum >= 3),
            items: 10,
          }),
        ),
        sink,
      )
      sink.request(9)
      const error = await endOf(run)

      expect(error).toMatchObject({ message: expect.stringMatching(/^thrown/) })
      expect(sink.received).toEqual([name === 'seed' ? 3 : 1])
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { dropped: { failed: 1 } } })
    }),
  )

  it('checks its options', () => {
    const options = { seed: self, fold: self, items: 3 }
    expect(() => aggregateWithBoundary({ ...options, items: 0 })).toThrow(/items: expected a whole number/)
    expect(() => aggregateWithBoundary({ ...options, seed: 1 as never })).toThrow(TypeError)
    expect(() => aggregateWithBoundary({ ...options, isFull: 1 as never })).toThrow(TypeError)
    expect(() => aggregateWithBoundary({ ...options, within: -1 })).toThrow(/within/)
    expect(() => aggregateWithBoundary({ ...options, gap: 'soon' as never })).toThrow(/gap/)
  })
})

/** What the words of `windowByTime` say, item by item: the windows, and the items that are late. */
function expected(times: readonly number[], size: number, slide: number, lateness: number) {
  const windows = new Map<number, number[]>()
  const late: number[] = []
  let newest = -Infinity
  for (const at of times) {
    newest = Math.max(newest, at)
    const starts = Array.from({ length: 60 }, (_, n) => (n - 20) * slide).filter(
      (start) => start <= at && at < start + size && start + size > newest - lateness,
    )
    if (starts.length === 0) late.push(at)
    for (const start of starts) windows.set(start, [...(windows.get(start) ?? []), at])
  }
  return { windows: new Map([...windows].sort(([left], [right]) => left - right)), late }
}

describe('windowByTime', () => {
  it('puts every item into the windows of its time unless it is late, whatever the order and the demand', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(30), { maxLength: 25 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(8),
        fc.array(fc.nat(3)),
        (times, a, b, lateness, requests) =>
          world(1, async (w) => {
            const [size, slide] = [Math.max(a, b), Math.min(a, b)]
            const sink = w.sink<TimeWindow<number>>()
            const late: number[] = []
            const run = w.run(
              flow(times).via(
                windowByTime({ size, slide, timestamp: self, lateness, maxOpen: 64, onLate: (n) => late.push(n) }),
              ),
              sink,
            )
            for (const items of requests) {
              sink.request(items)
              await w.advance(0)
            }
            sink.request(1000)
            await run.done

            const model = expected(times, size, slide, lateness)
            expect(sink.received).toEqual(
              [...model.windows].map(([start, items]) => ({ start, end: start + size, items })),
            )
            expect(late).toEqual(model.late)
            const { ledger, balanced } = run.inspect()
            expect(balanced).toBe(true)
            expect(ledger).toMatchObject({ in: times.length, out: times.length - late.length, inFlight: 0 })
            expect(ledger.dropped).toEqual(late.length === 0 ? {} : { late: late.length })
          }),
      ),
    )
  })

  const collect = (times: readonly number[], options: Partial<WindowByTimeOptions<number>>) =>
    world(1, async (w) => {
      const sink = w.sink<TimeWindow<number>>()
      const piece = windowByTime<number>({ size: 10, timestamp: self, lateness: 1000, maxOpen: 2, ...options })
      const run = w.run(flow(times).via(piece), sink)
      sink.request(1000)
      const error = await endOf(run)
      const { ledger, balanced } = run.inspect()
      expect(balanced).toBe(true)
      return { windows: sink.received.map(({ items }) => items), dropped: ledger.dropped, error }
    })

  it('hands on the oldest window early when there would be one too many, and calls what comes for it late', async () => {
    const { windows, dropped, error } = await collect([1, 11, 2, 21, 3, 12], {})

    expect(error).toBeUndefined()
    expect(windows).toEqual([[1, 2], [11, 12], [21]])
    expect(dropped).toEqual({ late: 1 })
  })

  it('never opens a window that is older than all when there is no room for it', async () => {
    const { windows, dropped } = await collect([11, 21, 1], {})

    expect(windows).toEqual([[11], [21]])
    expect(dropped).toEqual({ late: 1 })
  })

  it('hands on the oldest window early when all places are taken', async () => {
    const { windows } = await collect([1, 2, 3, 4, 5], { items: 2 })

    expect(windows[0]).toEqual([1, 2])
  })

  it('drops what finds no room with drop-newest, and is not stuck: dropped items move time on as well', async () => {
    const { windows, dropped } = await collect([1, 2, 3, 11, 12, 13], {
      items: 2,
      lateness: 0,
      overflow: 'drop-newest',
    })

    expect(windows).toEqual([
      [1, 2],
      [12, 13],
    ])
    expect(dropped).toEqual({ 'drop-newest': 2 })
  })

  it('fails with FOREBAY_OVERFLOW when told so, after the open windows', async () => {
    const { windows, error } = await collect([1, 11, 21], { overflow: 'fail' })

    expect(windows).toEqual([[1], [11]])
    expect(error).toMatchObject({ code: 'FOREBAY_OVERFLOW' })
  })

  it.each([
    ['a timestamp that is no number', { timestamp: () => Number.NaN }, /timestamp: expected a finite number, got NaN/],
    ['onLate that throws', { timestamp: (n: number) => 100 - n * 50, lateness: 0, onLate: thrower }, /thrown/],
  ])('fails with %s, its ledger balanced', (_, options, message) =>
    world(1, async (w) => {
      const sink = w.sink<TimeWindow<number>>()
      const run = w.run(flow([1, 2]).via(windowByTime({ size: 10, maxOpen: 2, ...options })), sink)
      sink.request(9)

      expect(await endOf(run)).toMatchObject({ message: expect.stringMatching(message) })
      expect(run.inspect().balanced).toBe(true)
    }),
  )

  it('checks its options', () => {
    const options = { size: 10, timestamp: self, maxOpen: 2 }
    expect(() => windowByTime({ ...options, size: 0 })).toThrow(/size: expected more than 0 ms/)
    expect(() => windowByTime({ ...options, slide: 20 })).toThrow(/slide: expected at most size, 10 ms, got 20 ms/)
    expect(() => windowByTime({ ...options, slide: 2 })).toThrow(/maxOpen: expected a whole number from 5/)
    expect(() => windowByTime({ ...options, lateness: -1 })).toThrow(/lateness/)
    expect(() => windowByTime({ ...options, overflow: 'reject' as never })).toThrow(/overflow: expected one of/)
    expect(() => windowByTime({ ...options, timestamp: 'at' as never })).toThrow(TypeError)
  })
})

/** What the run has failed with; nothing when it has completed. */
function endOf(run: Run): Promise<unknown> {
  return run.done.then(
    () => undefined,
    (error: unknown) => error,
  )
}

function thrower(): never {
  throw new Error('thrown')
}
