import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Flow } from './flow.ts'
import { flow } from './sources.ts'
import { skipWhile } from './operators.ts'

/** What an operator must give, by the array method or loop that means the same. */
const models: Record<string, { op: (f: Flow<number>) => Flow<unknown>; model: (items: number[]) => unknown[] }> = {
  take: { op: (f) => f.take(5), model: (items) => items.slice(0, 5) },
  'take 0': { op: (f) => f.take(0), model: () => [] },
  takeWhile: {
    op: (f) => f.takeWhile((n) => n < 6),
    model: (items) =>
      items.slice(
        0,
        first(items, (n) => n >= 6),
      ),
  },
  'takeWhile inclusive': {
    op: (f) => f.takeWhile((n) => n < 6, { inclusive: true }),
    model: (items) => items.slice(0, first(items, (n) => n >= 6) + 1),
  },
  skip: { op: (f) => f.skip(3), model: (items) => items.slice(3) },
  skipWhile: { op: (f) => f.via(skipWhile((n) => n < 4)), model: (items) => items.slice(first(items, (n) => n >= 4)) },
  distinct: { op: (f) => f.distinct({ max: 100 }), model: (items) => [...new Set(items)] },
  distinctUntilChanged: {
    op: (f) => f.distinctUntilChanged((n) => n >> 1),
    model: (items) => items.filter((n, i) => i === 0 || n >> 1 !== (items[i - 1] as number) >> 1),
  },
}

function first(items: number[], test: (n: number) => boolean): number {
  const index = items.findIndex(test)
  return index === -1 ? items.length : index
}

describe.each(Object.entries(models))('%s', (_name, { op, model }) => {
  it('gives what its model gives, fused and behind edges, and accounts for every item', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 3 }),
        async (items, room) => {
          const seen: unknown[] = []
          const run = op(flow(items).buffer(room))
            .buffer(room)
            .to((item) => void seen.push(item))
            .run()
          await run.done

          expect(await op(flow(items)).toArray(100)).toEqual(model(items))
          expect(seen).toEqual(model(items))
          expect(run.inspect().balanced).toBe(true)
          expect(run.inspect().ledger.inFlight).toBe(0)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('via', () => {
  it('says what it takes', () => {
    for (const piece of [undefined, null, {}, 7]) expect(() => flow([1]).via(piece as never)).toThrow(/via: expected/)
  })
})

describe('distinct', () => {
  it('forgets the key seen longest ago, and no other, beyond its bound', async () => {
    expect(await flow([1, 2, 1, 3, 1, 2]).distinct({ max: 2 }).toArray(9)).toEqual([1, 2, 3, 2])
    expect(
      await flow(['a1', 'b1', 'a2'])
        .distinct({ max: 9, by: (s) => s[0] })
        .toArray(9),
    ).toEqual(['a1', 'b1'])
    expect(() => flow([1]).distinct({ max: 0 })).toThrow(RangeError)
  })
})

describe('a terminal', () => {
  const none = flow<number>([])

  it('gives the first, the last, the number or all of the items', async () => {
    expect(await flow.range(1, 9).first()).toBe(1)
    expect(await flow.range(1, 9).last()).toBe(9)
    expect(await flow.range(1, 9).count()).toBe(9)
    expect(await flow.range(1, 3).toArray(3)).toEqual([1, 2, 3])
    expect(await flow([undefined]).first()).toBeUndefined()
    expect(await flow.range(1, 9).drain()).toBeUndefined()
    expect(await none.count()).toBe(0)
  })

  it('says that there was nothing', async () => {
    await expect(none.first()).rejects.toMatchObject({ code: 'FOREBAY_EMPTY' })
    await expect(none.last()).rejects.toMatchObject({ code: 'FOREBAY_EMPTY' })
  })

  it('refuses to gather more than it was allowed, and cancels the source', async () => {
    let closed = 0
    const endless = {
      *[Symbol.iterator]() {
        try {
          for (;;) yield 1
        } finally {
          closed++
        }
      },
    }
    await expect(flow(endless).toArray(100)).rejects.toMatchObject({ code: 'FOREBAY_OVERFLOW' })
    expect(closed).toBe(1)
    // @ts-expect-error -- the bound is not optional
    expect(() => flow(endless).toArray()).toThrow(RangeError)
  })
})
