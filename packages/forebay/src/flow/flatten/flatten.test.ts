import { describe, expect, test } from 'vitest'
import { world } from '../../testkit/world.ts'
import type { Flow } from '../flow.ts'
import { flow } from '../sources.ts'
import { exhaustMap } from './exhaust-map.ts'
import { flatMapConcat } from './flat-map-concat.ts'
import { flatMapMerge } from './flat-map-merge.ts'
import { switchMap } from './switch-map.ts'

type Op = (fn: (n: number) => Flow<number>) => (input: Flow<number>) => Flow<number>

const all: Record<string, Op> = {
  flatMapConcat: (fn) => flatMapConcat(fn),
  flatMapMerge: (fn) => flatMapMerge(fn, { breadth: 4 }),
  switchMap: (fn) => switchMap(fn),
  exhaustMap: (fn) => exhaustMap(fn),
}

/** Items without end, and how often they were closed. */
function endless(): { items: Iterable<number>; opened: number; closed: number } {
  const seen = {
    opened: 0,
    closed: 0,
    items: {
      *[Symbol.iterator]() {
        seen.opened++
        try {
          for (let n = 1; ; n++) yield n
        } finally {
          seen.closed++
        }
      },
    },
  }
  return seen
}

describe.each(Object.entries(all))('%s', (_, op) => {
  test('closes an inner flow exactly once when it is cancelled', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const inner = endless()
      const run = w.run(source.flow.via(op(() => flow(inner.items))), sink)
      sink.request(2)
      source.send(1)
      await sink.expectNext(1)
      await sink.expectNext(2)
      sink.cancel()
      await w.advance(1)
      run.cancel()

      expect(inner.closed).toBe(1)
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, inFlight: 0 } })
    })
  })

  test('gives what an inner flow handed over, then its failure', async () => {
    const seen: number[] = []
    const failing = (n: number): Flow<number> =>
      flow([n, n + 1, 0]).map((item) => {
        if (item === 0) throw new Error('inner')
        return item
      })
    const program = flow([1])
      .via(op(failing))
      .to((n: number) => void seen.push(n))
    const run = program.run()
    await expect(run.done).rejects.toThrow('inner')

    expect(seen).toEqual([1, 2])
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, dropped: { failed: 1 }, inFlight: 0 } })
  })

  test('fails when the function throws, gives no flow, or one that a run would refuse', async () => {
    const given = (inner: unknown): Promise<number> =>
      flow([1])
        .via(op(() => inner as Flow<number>))
        .count()
    const thrown = flow([1]).via(
      op(() => {
        throw new Error('fn')
      }),
    )

    await expect(thrown.count()).rejects.toThrow('fn')
    await expect(given([1])).rejects.toThrow(TypeError)
    await expect(given(flow([1]).wiretap(() => {}))).rejects.toMatchObject({ code: 'FOREBAY_UNSUPPORTED' })
    await expect(given(flow([1]).durable('d'))).rejects.toMatchObject({ code: 'FOREBAY_NO_STORE' })
  })

  test('lets inner flows run to their end when the run drains', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const seen: number[] = []
      const slow = (n: number): Flow<number> => flow([n, n, n]).mapAsync((item) => w.delay(5, item) as Promise<number>)
      const run = w.run(source.flow.via(op(slow)).to((n: number) => void seen.push(n)))
      source.send(7)
      await w.advance(6)
      const drained = run.drain()
      await w.advance(100)
      await drained

      expect(seen).toEqual([7, 7, 7])
    })
  })

  test('keeps nothing of inner flows that are over', async () => {
    const run = flow
      .range(1, 500)
      .via(op((n) => flow([n]).map((item) => item)))
      .to(() => {})
      .run()
    await run.done
    const { stages, edges } = run.inspect()

    expect(stages.length).toBeLessThan(6)
    expect(edges.length).toBeLessThan(6)
    expect(new Set(stages.map(({ id }) => id)).size).toBe(stages.length)
    expect(new Set(edges.map(({ id }) => id)).size).toBe(edges.length)
  })

  test('builds an inner flow with branches anew for each item', async () => {
    const branched = (n: number): Flow<number> =>
      flow([n]).broadcast(
        (a) => a.map((item) => item),
        (b) => b.map((item) => -item),
      ) as Flow<number>
    const sum = await flow([1])
      .concat(flow([2]))
      .via(flatMapMerge(branched, { breadth: 2 }))
      .reduce((total, n) => total + n, 0)

    expect(sum).toBe(0)
    expect(await flow([3]).via(op(branched)).count()).toBe(2)
  })

  test('takes a function only', () => {
    expect(() => op(7 as never)).toThrow(TypeError)
  })
})

describe('flatMapConcat', () => {
  test('asks for an item only when the flow before it is over, and for what downstream wants only', async () => {
    await world(1, async (w) => {
      let pulled = 0
      const counted = flow.range(1, 100).tap(() => void pulled++)
      const sink = w.sink<number>()
      w.run(flow([1, 2]).via(flatMapConcat(() => counted)), sink)
      sink.request(3)
      await w.advance(1)
      expect(pulled).toBe(3)
      sink.cancel()
      await w.advance(1)
    })
  })

  test('lets a failure of upstream wait for the inner flow', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const inner = w.source<number>()
      const sink = w.sink<number>()
      w.run(source.flow.via(flatMapConcat(() => inner.flow)), sink)
      sink.request(9)
      source.send(1)
      await w.advance(1)
      source.fail(new Error('outer'))
      inner.send(5)
      await sink.expectNext(5)
      await sink.expectNothing(100)
      inner.complete()
      expect(await sink.expectFailure()).toMatchObject({ message: 'outer' })
    })
  })
})

describe('flatMapMerge', () => {
  test('runs at most `breadth` flows, each `prefetch` ahead, and says so before it runs', async () => {
    await world(1, async (w) => {
      let open = 0
      let pulled = 0
      const inner = (): Flow<number> => {
        open++
        return flow.range(1, 50).tap(() => void pulled++)
      }
      const merged = flow.range(1, 9).via(flatMapMerge(inner, { breadth: 3, prefetch: 2 }))
      expect(merged.to(() => {}).explain().parts).toContainEqual(
        expect.objectContaining({ name: 'flatMapMerge', items: 6 }),
      )
      const sink = w.sink<number>()
      w.run(merged, sink)
      sink.request(1)
      await w.advance(1)

      expect(open).toBe(3)
      expect(pulled).toBeLessThanOrEqual(7)
      sink.cancel()
      await w.advance(1)
    })
  })

  test('takes from its flows in turn', async () => {
    const items = await flow([1, 2])
      .via(flatMapMerge((n) => flow.range(1, 1000).map(() => n), { breadth: 2 }))
      .take(1000)
      .toArray(1000)

    expect(items.filter((n) => n === 1).length).toBeGreaterThan(450)
    expect(items.filter((n) => n === 1).length).toBeLessThan(550)
  })

  test('cancels the others when one fails or upstream does, although they have no end', async () => {
    const inner = endless()
    const first = flow([1, 2]).via(
      flatMapMerge(
        (n) =>
          n === 1
            ? flow(inner.items)
            : flow([0]).map(() => {
                throw new Error('one')
              }),
        { breadth: 2 },
      ),
    )
    await expect(first.count()).rejects.toThrow('one')
    const broken = flow([1, 2]).map((n) => {
      if (n === 2) throw new Error('upstream')
      return n
    })
    await expect(broken.via(flatMapMerge(() => flow(inner.items), { breadth: 2 })).count()).rejects.toThrow('upstream')

    expect(inner.opened).toBeGreaterThan(0)
    expect(inner.closed).toBe(inner.opened)
  })

  test('has no default breadth, and takes whole numbers only', () => {
    const fn = (): Flow<number> => flow([1])
    for (const breadth of [undefined, 0, 1.5, Infinity, 65_537, '3']) {
      expect(() => flatMapMerge(fn, { breadth: breadth as number })).toThrow(/breadth/)
    }
    expect(() => flatMapMerge(fn, { breadth: 1, prefetch: 0 })).toThrow(/prefetch/)
  })
})

describe('switchMap', () => {
  test('tells the flow that gives way why, and counts what is lost', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const first = w.source<number>()
      const sink = w.sink<number>()
      const run = w.run(source.flow.via(switchMap((n) => (n === 1 ? first.flow : flow([n])))), sink)
      sink.request(1)
      source.send(1)
      await w.advance(1)
      first.send(11)
      await sink.expectNext(11)
      source.send(2)
      await first.expectCancel('switched')
      sink.request(1)
      await sink.expectNext(2)
      source.complete()
      await sink.expectComplete()

      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 2, out: 1, dropped: { switched: 1 } } })
    })
  })
})

describe('exhaustMap', () => {
  test('drops what comes while a flow runs, and takes the next item when it has ended', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const run = w.run(
        source.flow.via(exhaustMap((n) => flow([n]).mapAsync((item) => w.delay(5, item) as Promise<number>))),
        sink,
      )
      sink.request(9)
      source.send(1)
      await w.advance(1)
      source.send(2, 3)
      await sink.expectNext(1)
      source.send(4)
      await sink.expectNext(4)
      source.complete()
      await sink.expectComplete()

      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 4, out: 2, dropped: { busy: 2 } } })
    })
  })
})
