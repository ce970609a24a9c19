import { describe, expect, it } from 'vitest'
import { world } from '../../testkit/world.ts'
import { flow } from '../sources.ts'
import { batchBy, batchWeighted } from './batch-by.ts'
import { countUntilChanged } from './count-until-changed.ts'

describe('batchBy', () => {
  it('ends a batch where the key changes, and cuts an endless run of one key', async () => {
    const batches = (items: readonly unknown[]): Promise<unknown[][]> =>
      flow(items)
        .via(batchBy((item) => item, { items: 2 }))
        .toArray(99)

    expect(await batches([NaN, NaN, undefined, null, 0, -0])).toEqual([[NaN, NaN], [undefined], [null], [0, -0]])
    expect(await batches([1, 1, 1, 1, 1])).toEqual([[1, 1], [1, 1], [1]])
    expect(await batches([])).toEqual([])
  })

  it('sends the batch that a failure interrupts, and fails', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number[]>()
      w.run(source.flow.via(batchBy((n) => n >> 2, { items: 9 })), sink)
      sink.request(1)
      source.send(1)
      source.fail(new Error('torn'))
      await sink.expectNext([1])

      expect(await sink.expectFailure()).toMatchObject({ message: 'torn' })
    })
  })

  it('fails in the item for which there is no key, after what was gathered', async () => {
    const run = flow
      .range(1, 3)
      .via(
        batchBy(
          (n) => {
            if (n === 3) throw new Error('no key')
            return 0
          },
          { items: 9 },
        ),
      )
      .to(() => {})
      .run()

    await expect(run.done).rejects.toThrow('no key')
    expect(run.inspect()).toMatchObject({
      balanced: true,
      ledger: { in: 3, out: 2, dropped: { failed: 1 } },
    })
  })

  it('says what it needs', () => {
    expect(() => batchBy(1 as never, { items: 1 })).toThrow('batchBy: expected a function, got 1')
    expect(() => batchBy((n) => n, { items: 0 })).toThrow('items: expected a whole number from 1')
  })
})

describe('batchWeighted', () => {
  const weigh = (items: readonly number[], weight: number, most = 9): Promise<number[][]> =>
    flow(items)
      .via(batchWeighted((n) => n, { weight, items: most }))
      .toArray(99)

  it('never puts more into a batch than it may weigh, but an item that is heavier by itself', async () => {
    expect(await weigh([3, 2, 1, 9, 1, 5], 5)).toEqual([[3, 2], [1], [9], [1], [5]])
    expect(await weigh([6, 6], 5)).toEqual([[6], [6]])
  })

  it('bounds items that weigh nothing by their number', async () => {
    expect(await weigh([0, 0, 0, 0, 0], 5, 2)).toEqual([[0, 0], [0, 0], [0]])
    expect(await weigh([0, 0], 0)).toEqual([[0], [0]])
  })

  it('fails with a weight that is none', async () => {
    for (const weight of [NaN, -1, '2']) {
      const batches = flow([1]).via(batchWeighted(() => weight as number, { weight: 5, items: 9 }))
      await expect(batches.toArray(9)).rejects.toThrow('weight of an item: expected a number from 0')
    }
    expect(() => batchWeighted((n: number) => n, { weight: NaN, items: 9 })).toThrow('weight: expected a number')
    expect(() => batchWeighted((n: number) => n, { weight: 1, items: 0 })).toThrow('items: expected a whole number')
  })
})

describe('countUntilChanged', () => {
  it('counts neighbours, undefined among them, and holds two items however long a run is', async () => {
    const counts = flow([undefined, undefined, null, 1, 1, 1]).via(countUntilChanged())

    expect(await counts.toArray(9)).toEqual([
      [undefined, 2],
      [null, 1],
      [1, 3],
    ])
    expect(await flow([]).via(countUntilChanged()).toArray(9)).toEqual([])
    expect(
      await flow
        .range(1, 100_000)
        .via(countUntilChanged((n) => n > 0))
        .toArray(9),
    ).toEqual([[1, 100_000]])
    expect(() => countUntilChanged(7 as never)).toThrow('countUntilChanged: expected a function, got 7')
  })
})
