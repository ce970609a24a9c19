import { describe, expect, it } from 'vitest'
import { flow } from '../sources.ts'
import { compact, filterMap, filterNot } from './filter-map.ts'
import { mapIndexed, zipWithIndex } from './map-indexed.ts'
import { mapAccumulate, statefulMap } from './stateful-map.ts'

const fails = (): never => {
  throw new Error('thrown')
}

describe('filterMap and compact', () => {
  it('leave out undefined results; null and false are results', async () => {
    const results: (string | null | boolean)[] = await flow
      .range(1, 4)
      .via(filterMap((n) => [undefined, null, false, 'four'][n - 1]))
      .toArray(9)

    expect(results).toEqual([null, false, 'four'])
  })

  it('keep what is falsy but there', async () => {
    const present: (string | number)[] = await flow(['', 0, null, undefined]).via(compact()).toArray(9)

    expect(present).toEqual(['', 0])
  })

  it('give the credit of what they leave out back, so that a long run of rejects does not stop the flow', async () => {
    const only = flow.range(1, 100_000).via(filterMap((n) => (n === 100_000 ? 'last' : undefined)))

    expect(await only.buffer(1).toArray(1)).toEqual(['last'])
    expect(
      await flow
        .range(1, 100_000)
        .via(filterNot((n) => n < 100_000))
        .buffer(1)
        .toArray(1),
    ).toEqual([100_000])
  })
})

describe('mapIndexed, zipWithIndex, statefulMap and mapAccumulate', () => {
  it('count and keep state for each run anew', async () => {
    const indexed = flow(['a', 'b']).via(mapIndexed((text, index) => text.repeat(index)))
    const zipped = flow([undefined, null]).via(zipWithIndex())
    const mutable = flow.range(1, 3).via(
      statefulMap({
        create: (): number[] => [],
        map: (seen, n) => seen.push(n),
        last: (seen) => seen,
      }),
    )
    const accumulated = flow.range(1, 3).via(mapAccumulate((sum, n) => [sum + n, `${sum}+${n}`], 0))

    for (let run = 0; run < 2; run++) {
      expect(await indexed.toArray(9)).toEqual(['', 'b'])
      expect(await zipped.toArray(9)).toEqual([
        [undefined, 0],
        [null, 1],
      ])
      expect(await mutable.toArray(9)).toEqual([1, 2, 3, 1, 2, 3])
      expect(await accumulated.toArray(9)).toEqual(['0+1', '1+2', '3+3'])
    }
  })

  it('pull the last items with credit, close them when nobody wants more, and may be endless', async () => {
    let closed = 0
    let asked = 0
    const endless = function* (): Generator<number> {
      try {
        for (;;) yield ++asked
      } finally {
        closed++
      }
    }
    const items = flow([0]).via(statefulMap({ create: () => null, map: (_, n) => n, last: endless }))

    expect(await items.take(3).toArray(9)).toEqual([0, 1, 2])
    expect([asked <= 3, closed]).toEqual([true, 1])
  })

  it.each([
    ['making the last items', fails],
    [
      'reading them',
      function* (): Generator<number> {
        yield 7
        fails()
      },
    ],
  ])('fail with an error in %s, and keep the ledger balanced', async (_, last) => {
    const run = flow
      .range(1, 2)
      .via(statefulMap({ create: () => null, map: (__, n: number) => n, last }))
      .to(() => {})
      .run()

    await expect(run.done).rejects.toThrow('thrown')
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 2, out: 2, dropped: {}, inFlight: 0 } })
  })

  it('fail with an error of their function in that item', async () => {
    const pieces = [
      filterMap<number, number>(fails),
      filterNot<number>(fails),
      mapIndexed<number, number>(fails),
      mapAccumulate<number, number, number>(fails, 0),
      statefulMap<number, null, number>({ create: () => null, map: fails, last: () => [] }),
    ]
    for (const piece of pieces) {
      const run = flow([1])
        .via(piece)
        .to(() => {})
        .run()
      await expect(run.done).rejects.toThrow('thrown')
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, out: 0, dropped: { failed: 1 } } })
    }
  })

  it('say what they need', () => {
    for (const make of [filterMap, filterNot, mapIndexed, mapAccumulate]) {
      expect(() => (make as (fn: unknown) => unknown)(7)).toThrow(/^\w+: expected a function, got 7/)
    }
    expect(() => statefulMap({ create: 1 as never, map: fails })).toThrow('statefulMap create: expected a function')
    expect(() => statefulMap({ create: fails, map: 1 as never })).toThrow('statefulMap map: expected a function')
    expect(() => statefulMap({ create: fails, map: fails, last: [] as never })).toThrow('statefulMap last: expected')
  })
})
