import { describe, expect, it } from 'vitest'
import { world } from '../../testkit/world.ts'
import type { Flow } from '../flow.ts'
import { supervise } from '../operators/supervise.ts'
import { flow } from '../sources.ts'
import { restartVia } from './restart-via.ts'
import { retryEach } from './retry-each.ts'

const failing =
  (bad: number) =>
  (n: number): number => {
    if (n === bad) throw new Error(`item ${n}`)
    return n
  }

describe('supervise', () => {
  it('holds for its own operators alone: an error above or below is none of its business', async () => {
    const resumed = supervise<number, number>(
      (items) => items.map((n) => n),
      () => 'resume',
    )
    await expect(flow([1, 2, 3]).map(failing(2)).via(resumed).toArray(9)).rejects.toThrow('item 2')
    await expect(flow([1, 2, 3]).via(resumed).map(failing(2)).toArray(9)).rejects.toThrow('item 2')
    await expect(
      flow([1, 2, 3])
        .via(resumed)
        .forEach((n) => void failing(2)(n)),
    ).rejects.toThrow('item 2')
  })

  it('asks about each item with its error, and fails with what the question throws', async () => {
    const asked: unknown[] = []
    const decide = (error: unknown, item: unknown): 'resume' => {
      asked.push([(error as Error).message, item])
      if (item === 3) throw new Error('undecided')
      return 'resume'
    }
    const run = flow([1, 2, 3])
      .via(supervise((items) => items.map(failing(2)).map(failing(3)), decide))
      .to(() => {})
      .run()
    await expect(run.done).rejects.toThrow('undecided')
    expect(asked).toEqual([
      ['item 2', 2],
      ['item 3', 3],
    ])
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { dropped: { error: 1, failed: 1 } } })
  })

  it('fails when an operator throws that has handed something on for the item', async () => {
    function* two(n: number): Iterable<number> {
      yield n
      throw new Error('after one')
    }
    await expect(
      flow([1])
        .via(
          supervise(
            (items) => items.flatMap(two),
            () => 'resume',
          ),
        )
        .toArray(9),
    ).rejects.toThrow('after one')
  })

  it('refuses what is no synchronous operator, by name', () => {
    const sleeping = (items: Flow<number>): Flow<number> => items.mapAsync((n) => n).named('sleep')
    expect(() => supervise(sleeping, () => 'resume')).toThrow(/FOREBAY_UNSUPPORTED|sleep/)
    expect(() => supervise(sleeping, 'resume' as never)).toThrow(TypeError)
  })
})

describe('retryEach', () => {
  it('keeps the order, and lets nothing pass an item that waits for its next try', async () => {
    await world(1, async (w) => {
      let left = 2
      const piece = (one: Flow<number>): Flow<number> =>
        one.map((n) => {
          if (n === 1 && left-- > 0) throw new Error('not yet')
          return n
        })
      const out: [number, number][] = []
      const run = flow([1, 2])
        .via(retryEach(piece, { backoff: 10, jitter: 0 }))
        .to((n) => void out.push([w.clock.now(), n]))
        .run({ clock: w.clock })
      await w.advance(100)
      await run.done
      expect(out).toEqual([
        [30, 1],
        [30, 2],
      ])
    })
  })

  it('with a breadth lets others pass an item that waits', async () => {
    await world(1, async (w) => {
      let left = 1
      const out: number[] = []
      const run = flow([1, 2, 3])
        .via(
          retryEach(
            (one) =>
              one.map((n) => {
                if (n === 1 && left-- > 0) throw new Error('not yet')
                return n
              }),
            { backoff: 10, jitter: 0, breadth: 2 },
          ),
        )
        .to((n) => void out.push(n))
        .run({ clock: w.clock })
      await w.advance(100)
      await run.done
      expect(out).toEqual([2, 3, 1])
    })
  })

  it('ends the account of an item once, as its last try did', async () => {
    for (const [fails, expected] of [
      [1, { out: 1, dropped: {} }],
      [9, { out: 0, dropped: { failed: 1 } }],
    ] as const) {
      await world(1, async (w) => {
        let left: number = fails
        const run = flow([1])
          .via(
            retryEach(
              (one) =>
                one.mapAsync((n) => {
                  if (left-- > 0) throw new Error('no')
                  return n
                }),
              { backoff: 1, max: 2, onError: 'resume' },
            ),
          )
          .to(() => {})
          .run({ clock: w.clock })
        await w.advance(100)
        await run.done
        expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, inFlight: 0, ...expected } })
      })
    }
  })

  it('tries an error once that says that it is not worth another try', async () => {
    let tries = 0
    const hopeless = Object.assign(new Error('no'), { retryable: false })
    const run = flow([1])
      .via(
        retryEach((one) =>
          one.map(() => {
            tries++
            throw hopeless
          }),
        ),
      )
      .drain()
    await expect(run).rejects.toBe(hopeless)
    expect(tries).toBe(1)
  })
})

describe('restartVia', () => {
  it('gives upstream no credit while it waits, and begins each piece anew', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      let made = 0
      const piece = (items: Flow<number>): Flow<number> => {
        made++
        return items.map(failing(2))
      }
      w.run(source.flow.via(restartVia(piece, { backoff: 10, jitter: 0 })), sink)
      sink.request(3)
      await w.advance(1)
      source.send(1, 2)
      await sink.expectNext(1)
      expect(source.demand).toBe(0)
      await w.advance(10)
      expect(source.demand).toBe(2)
      source.send(3)
      await sink.expectNext(3)
      expect(made).toBe(2)
    })
  })
})
