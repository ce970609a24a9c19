import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { world } from '../../testkit/world.ts'
import { flow } from '../sources.ts'
import { pairwise, sliding } from './sliding.ts'

describe('sliding', () => {
  it('gives every item as many windows as its size and step say, fused and behind edges', async () => {
    const size = fc.integer({ min: 1, max: 5 })
    await fc.assert(
      fc.asyncProperty(size, size, fc.integer({ min: 0, max: 20 }), async (width, step, length) => {
        const items = Array.from({ length }, (_, index) => index)
        const windows = flow(items).via(sliding(width, { step, partial: false }))
        const expected = items
          .filter((at) => at % step === 0 && at + width <= length)
          .map((at) => items.slice(at, at + width))
        const run = windows
          .buffer(1)
          .to(() => {})
          .run()
        await run.done

        expect(await windows.toArray(99)).toEqual(expected)
        expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: length, out: length, inFlight: 0 } })
      }),
      { numRuns: 60 },
    )
  })

  it('leaves no item out of its windows at the end, unless it is between two', async () => {
    const windowsOf = (length: number, size: number, step: number): Promise<number[][]> =>
      flow.range(1, length).via(sliding(size, { step })).toArray(99)

    expect(await windowsOf(6, 3, 2)).toEqual([
      [1, 2, 3],
      [3, 4, 5],
      [5, 6],
    ])
    expect(await windowsOf(5, 3, 2)).toEqual([
      [1, 2, 3],
      [3, 4, 5],
    ])
    expect(await windowsOf(2, 3, 1)).toEqual([[1, 2]])
    expect(await windowsOf(4, 2, 3)).toEqual([[1, 2], [4]])
    expect(await windowsOf(0, 2, 1)).toEqual([])
    expect(await flow([null]).via(pairwise()).toArray(9)).toEqual([])
    expect(await flow([null, undefined]).via(pairwise()).toArray(9)).toEqual([[null, undefined]])
  })

  it('returns what has been in no window when the flow is cancelled, and not what has', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number[]>()
      const run = w.run(source.flow.via(sliding(2, { step: 2 })), sink)
      sink.request(9)
      for (const n of [1, 2, 3]) source.send(n)
      await sink.expectNext([1, 2])
      run.cancel()
      await w.advance(0)

      expect(run.inspect().ledger).toMatchObject({ in: 3, out: 2, dropped: { cancelled: 1 } })
    })
  })

  it('says what it needs', () => {
    expect(() => sliding(0)).toThrow('sliding size: expected a whole number from 1 to 65536, got 0')
    expect(() => sliding(2, { step: 0 })).toThrow('step: expected a whole number from 1')
  })
})
