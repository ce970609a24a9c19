import { describe, expect, it, vi } from 'vitest'
import { world } from '../../testkit/world.ts'
import { takeLast } from '../operators/last.ts'
import { count, sum, toArray } from '../operators/reduce.ts'
import { flow } from '../sources.ts'
import { lazySink } from './lazy-sink.ts'
import { pullSink } from './pull-sink.ts'
import { resultOf } from './result-of.ts'
import { cancelledSink, combineSinks, contramapSink, ignoreSink } from './simple-sinks.ts'

describe('resultOf', () => {
  it('makes a result of any piece, alone and as a branch, in every run', async () => {
    const program = flow.range(1, 5).broadcast(
      resultOf(sum()),
      resultOf((items) => items.via(takeLast(2)).via(toArray(2))),
      (items) => items.to(() => {}),
    )
    const sums: number = await flow.range(1, 3).via(resultOf(sum())).run().done

    expect(sums).toBe(6)
    expect([await program.run().done, await program.run().done]).toEqual([
      [15, [4, 5], 5],
      [15, [4, 5], 5],
    ])
  })

  it('tells an undefined result from none', async () => {
    const last = resultOf<undefined, undefined>((items) => items)

    expect(await flow([undefined]).via(last).run().done).toBeUndefined()
    await expect(flow<undefined>([]).via(last).run().done).rejects.toMatchObject({ code: 'FOREBAY_EMPTY' })
  })

  it('runs the side branches of the flow and of the piece', async () => {
    const seen: number[] = []
    const program = flow
      .range(1, 3)
      .wiretap((n) => void seen.push(n))
      .via(resultOf((items) => items.wiretap((n) => void seen.push(n * 10)).via(count())))

    expect(await program.run().done).toBe(3)
    expect(seen.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 10, 20, 30])
  })

  it('says what it needs', () => {
    expect(() => resultOf(1 as never)).toThrow('resultOf: expected a function, got 1')
    expect(() => flow([1]).via(resultOf(() => 1 as never))).toThrow('resultOf: expected piece to make a flow, got 1')
    expect(() => combineSinks()).toThrow('combineSinks: expected at least one sink')
    expect(() => combineSinks(1 as never)).toThrow('combineSinks: expected a function, got 1')
    expect(() => contramapSink(1 as never, ignoreSink())).toThrow('contramapSink fn: expected a function')
    expect(() => lazySink(1 as never)).toThrow('lazySink: expected a function, got 1')
    expect(() => pullSink(1 as never)).toThrow('pullSink: expected a function, got 1')
  })
})

describe('a sink that wants nothing', () => {
  it('asks an endless source for nothing, and closes it', async () => {
    const next = vi.fn()
    const run = flow({
      *[Symbol.iterator]() {
        for (;;) yield next()
      },
    })
      .via(cancelledSink())
      .run()
    await run.done

    expect(next).not.toHaveBeenCalled()
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 0 } })
  })
})

describe('lazySink', () => {
  it('makes nothing for an empty flow, and closes once what it made', async () => {
    const close = vi.fn()
    const make = vi.fn((first: number) => ({ write: vi.fn(), close, first }))
    const program = flow.range(1, 3).via(lazySink(make))

    expect(await flow<number>([]).via(lazySink(make)).run().done).toBe(0)
    expect(make).not.toHaveBeenCalled()
    expect(await program.run().done).toBe(3)
    expect(make.mock.calls).toEqual([[1]])
    expect(close).toHaveBeenCalledOnce()
    await program.run().done
    expect(make).toHaveBeenCalledTimes(2)
  })

  it('makes one writer for all writes that come meanwhile, and keeps their order', async () => {
    await world(1, async (w) => {
      const written: number[] = []
      const make = vi.fn(() => w.delay(5, (n: number) => void written.push(n)))
      const run = w.run(flow.range(1, 4).via(lazySink(make, { concurrency: 3 })))

      expect(await run.done).toBe(4)
      expect(make).toHaveBeenCalledOnce()
      expect(written).toEqual([1, 2, 3, 4])
    })
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no file')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no file'))],
  ])('fails when make %s, with every item accounted for', async (_, make) => {
    const run = flow
      .range(1, 9)
      .via(lazySink<number>(make, { concurrency: 2 }))
      .run()

    await expect(run.done).rejects.toThrow('no file')
    await vi.waitFor(() => expect(run.inspect().ledger.inFlight).toBe(0))
    expect(run.inspect().balanced).toBe(true)
  })

  it('refuses what cannot write', async () => {
    await expect(
      flow([1])
        .via(lazySink(() => ({}) as never))
        .run().done,
    ).rejects.toThrow('lazySink: expected a function or an object with write(), got an object')
  })
})

describe('pullSink', () => {
  it('asks for as many items as it is asked for, and no more', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const run = w.run(
        source.flow.via(
          pullSink(async (items) => {
            const pair = await Promise.all([items.next(), items.next()])
            return pair.map(({ value }) => value)
          }),
        ),
      )
      expect(await source.expectDemand(2)).toBe(2)
      source.send(1, 2)

      expect(await run.done).toEqual([1, 2])
      await source.expectCancel()
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 2, out: 2, inFlight: 0 } })
    })
  })

  it('fails the item in hand, and the run, when its function throws', async () => {
    const run = flow
      .range(1, 9)
      .via(
        pullSink(async (items) => {
          await items.next()
          await items.next()
          throw new Error('thrown')
        }),
      )
      .run()

    await expect(run.done).rejects.toThrow('thrown')
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 2, out: 1, dropped: { failed: 1 } } })
  })

  it('tells a failure of upstream once, and fails the run even if nobody listens', async () => {
    const told: unknown[] = []
    const failing = flow.range(1, 2).map((n) => {
      if (n === 2) throw new Error('torn')
      return n
    })
    const run = failing
      .via(
        pullSink(async (items) => {
          for (let calls = 0; calls < 4; calls++) {
            told.push(await items.next().catch((error: Error) => error.message))
          }
        }),
      )
      .run()

    await expect(run.done).rejects.toThrow('torn')
    await vi.waitFor(() => expect(told).toHaveLength(4))
    expect(told).toEqual([
      { done: false, value: 1 },
      'torn',
      { done: true, value: undefined },
      { done: true, value: undefined },
    ])
    expect(run.inspect().balanced).toBe(true)
  })

  it('bounds the calls that wait', async () => {
    await world(1, async (w) => {
      const run = w.run(
        w.source<number>().flow.via(
          pullSink((items) => {
            for (let calls = 0; calls < 1024; calls++) void items.next()
            return items.next()
          }),
        ),
      )

      await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_OVERFLOW' })
    })
  })
})
