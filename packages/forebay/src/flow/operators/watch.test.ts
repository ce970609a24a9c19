import { describe, expect, it } from 'vitest'
import { world } from '../../testkit/world.ts'
import type { Flow } from '../flow.ts'
import { flow } from '../sources.ts'
import { checkItems } from './check-items.ts'
import { watch } from './watch.ts'

/** Watches a flow and notes every call. */
function noting(): { piece: (flow: Flow<number>) => Flow<number>; calls: unknown[][] } {
  const calls: unknown[][] = []
  const note =
    (name: string) =>
    (...values: unknown[]): void =>
      void calls.push([name, ...values])
  const piece = watch<number>({
    onStart: note('start'),
    onItem: note('item'),
    onComplete: note('complete'),
    onError: note('error'),
    onCancel: note('cancel'),
    onEnd: note('end'),
  })
  return { piece, calls }
}

describe('watch', () => {
  it('tells a failure of upstream, and no failure of its own', async () => {
    const { piece, calls } = noting()
    const torn = new Error('torn')
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      w.run(source.flow.via(piece), sink)
      source.fail(torn)
      expect(await sink.expectFailure()).toBe(torn)
    })

    expect(calls).toEqual([['start'], ['error', torn], ['end', 'failed']])
  })

  it('tells when downstream has enough, and when it fails', async () => {
    const enough = noting()
    await flow.range(1, 9).via(enough.piece).take(1).count()
    const failing = noting()
    const torn = new Error('torn')
    const run = flow
      .range(1, 9)
      .via(failing.piece)
      .map(() => {
        throw torn
      })
      .count()
    await expect(run).rejects.toBe(torn)

    expect(enough.calls).toEqual([['start'], ['item', 1], ['cancel', undefined], ['end', 'cancelled']])
    expect(failing.calls).toEqual([['start'], ['item', 1], ['cancel', torn], ['end', 'cancelled']])
  })

  it('ends once when the run is cancelled before anything was wanted', async () => {
    const { piece, calls } = noting()
    await world(1, async (w) => {
      const run = w.run(w.source<number>().flow.via(piece), w.sink<number>())
      await w.advance(0)
      run.cancel('enough')
      run.cancel('again')
      await w.advance(0)
    })

    expect(calls).toEqual([
      ['cancel', 'enough'],
      ['end', 'cancelled'],
    ])
  })

  it.each(['onStart', 'onItem', 'onComplete', 'onCancel', 'onEnd'] as const)(
    'fails the flow with an error in %s, and keeps the ledger',
    async (name) => {
      const ends: unknown[] = []
      const hooks = {
        onEnd: (how: unknown) => void ends.push(how),
        [name]: (how: unknown) => {
          if (name === 'onEnd') ends.push(how)
          throw new Error(name)
        },
      }
      const watched = flow.range(1, 2).via(watch(hooks))
      const run = (name === 'onCancel' ? watched.take(1) : watched).to(() => {}).run()

      await expect(run.done).rejects.toThrow(name)
      expect(run.inspect().balanced).toBe(true)
      expect(ends).toHaveLength(1)
    },
  )

  it('lets an error of onError take the place of the one it was told', async () => {
    const told: unknown[] = []
    const failing = flow.range(1, 2).map((n) => {
      if (n === 2) throw new Error('torn')
      return n
    })
    const watched = failing.via(
      watch({
        onError: (error) => {
          told.push(error)
          throw new Error('in the hook')
        },
      }),
    )

    await expect(watched.count()).rejects.toThrow('in the hook')
    expect(told).toMatchObject([{ message: 'torn' }])
  })

  it('does not take its own error for one of upstream', async () => {
    const told: unknown[] = []
    const watched = flow.range(1, 2).via(
      watch<number>({
        onItem: () => {
          throw new Error('own')
        },
        onError: (error) => told.push(error),
      }),
    )

    await expect(watched.count()).rejects.toThrow('own')
    expect(told).toEqual([])
  })

  it('says what it needs', () => {
    expect(() => watch({ onItem: 1 as never })).toThrow('watch onItem: expected a function, got 1')
  })
})

describe('checkItems', () => {
  it('says which item is wrong, and how', async () => {
    const positive = (describe?: string | ((n: number) => string)): Promise<number> =>
      flow([1, 2, -3])
        .via(checkItems((n) => n > 0, describe))
        .count()

    await expect(positive()).rejects.toMatchObject({
      code: 'FOREBAY_CHECK_FAILED',
      message: 'checkItems: item 2 does not pass: -3',
    })
    await expect(positive('not positive')).rejects.toThrow('item 2 does not pass: not positive')
    await expect(positive((n) => `${n} is negative`)).rejects.toThrow('item 2 does not pass: -3 is negative')
    expect(() => checkItems(1 as never)).toThrow('checkItems: expected a function, got 1')
    expect(() => checkItems(() => true, 1 as never)).toThrow('checkItems describe: expected a function, got 1')
  })

  it('narrows the type of the items', async () => {
    const texts: string[] = await flow<string | number>(['a'])
      .via(checkItems((value) => typeof value === 'string'))
      .toArray(9)

    expect(texts).toEqual(['a'])
  })
})
