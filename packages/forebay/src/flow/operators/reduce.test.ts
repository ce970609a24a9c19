import { describe, expect, it } from 'vitest'
import { flow } from '../sources.ts'
import { max, min } from './extremes.ts'
import { count, reduce, reduceWhile, sum, toArray } from './reduce.ts'

const none = flow<number>([])

describe('folds', () => {
  it('give one item for a flow without items, except the smallest and the largest', async () => {
    expect(await none.via(reduce((state: string, n) => state + n, 'start')).toArray(9)).toEqual(['start'])
    expect(await none.via(count()).toArray(9)).toEqual([0])
    expect(await none.via(sum()).toArray(9)).toEqual([0])
    expect(await none.via(toArray(0)).toArray(9)).toEqual([[]])
    expect(await none.via(min<number>()).toArray(9)).toEqual([])
    expect(await none.via(max<number>()).toArray(9)).toEqual([])
  })

  it('make a mutable state for each run', async () => {
    const lists = flow.range(1, 2).via(
      reduce(
        (list: number[], n) => {
          list.push(n)
          return list
        },
        () => [],
      ),
    )

    expect([await lists.first(), await lists.first()]).toEqual([
      [1, 2],
      [1, 2],
    ])
  })

  it('take only what they need of an endless source', async () => {
    const endless = flow({
      *[Symbol.iterator]() {
        for (let n = 1; ; n++) yield n
      },
    })
    const stopped = endless.via(
      reduceWhile(
        (total: number, n) => total + n,
        0,
        (total) => total < 100,
      ),
    )

    expect(await stopped.toArray(9)).toEqual([105])
  })

  it('hold one array, and no more than it may have', async () => {
    expect(await flow([null, undefined]).via(toArray(2)).first()).toEqual([null, undefined])
    const run = flow
      .range(1, 9)
      .via(toArray(3))
      .to(() => {})
      .run()
    await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_OVERFLOW' })
    expect(run.inspect()).toMatchObject({
      balanced: true,
      ledger: { in: 4, out: 0, dropped: { failed: 1, cancelled: 3 } },
    })
  })

  it('find the extremes by any rank, the first of equals, and never an item without one', async () => {
    const words = flow(['bb', 'a', 'c', 'dd'])
    const numbers = flow([NaN, 3, 1, NaN, 2])
    const dates = [new Date(NaN), new Date(5), new Date(3)]

    expect([await words.via(min()).first(), await words.via(max()).first()]).toEqual(['a', 'dd'])
    expect(await words.via(min((word) => word.length)).first()).toBe('a')
    expect(await words.via(max((word) => word.length)).first()).toBe('bb')
    expect([await numbers.via(min()).first(), await numbers.via(max()).first()]).toEqual([1, 3])
    expect([await flow(dates).via(min()).first(), await flow(dates).via(max()).first()]).toEqual([dates[2], dates[1]])
    expect(await flow([2n, 1n]).via(min()).first()).toBe(1n)
    expect(await flow([NaN]).via(max()).toArray(1)).toEqual([])
  })

  it('add numbers, and nothing else', async () => {
    expect(
      await flow(['a', 'bcd'])
        .via(sum((text) => text.length))
        .first(),
    ).toBe(4)
    await expect(
      flow(['1', '2'] as unknown as number[])
        .via(sum())
        .first(),
    ).rejects.toThrow("sum: expected a number, got '1'")
  })

  it('fail in the item that cannot be folded, and account for it', async () => {
    const fails = (): never => {
      throw new Error('thrown')
    }
    for (const piece of [reduce<number, 0>(fails, 0), min<number>(fails), sum<number>(fails)]) {
      const run = flow([1])
        .via(piece)
        .to(() => {})
        .run()
      await expect(run.done).rejects.toThrow('thrown')
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, out: 0, dropped: { failed: 1 } } })
    }
  })

  it('acknowledge what they have folded, so that a fold over many needs no room for their accounts', async () => {
    const run = flow
      .range(1, 100_000)
      .via(count())
      .buffer(1)
      .to(() => {})
      .run()
    await run.done

    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 100_000, out: 100_000, inFlight: 0 } })
  })

  it('say what they need', () => {
    expect(() => reduce(1 as never, 0)).toThrow('reduce: expected a function, got 1')
    expect(() => reduceWhile((state) => state, 0, 1 as never)).toThrow('reduceWhile keepGoing: expected a function')
    expect(() => toArray(-1)).toThrow('toArray max: expected a whole number from 0')
    expect(() => min(1 as never)).toThrow('min: expected a function, got 1')
    expect(() => sum('x' as never)).toThrow("sum: expected a function, got 'x'")
  })
})
