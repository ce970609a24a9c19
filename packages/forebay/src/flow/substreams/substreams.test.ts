import { describe, expect, test } from 'vitest'
import { world } from '../../testkit/world.ts'
import type { Flow } from '../flow.ts'
import { flow } from '../sources.ts'
import { flatMapPrefix } from './flat-map-prefix.ts'
import { groupBy } from './group-by.ts'
import { splitAfter, splitWhen } from './split.ts'

const own = (n: number): number => n

describe('groupBy', () => {
  test('does not lock up however many groups there are', async () => {
    const groups = 1000
    const run = flow
      .range(1, 20_000)
      .via(groupBy({ key: (n) => n % groups, groups, items: 1 }, (group) => group.map((n) => n)))
      .to(() => {})
      .run()

    expect(await run.done).toBe(20_000)
    expect(run.inspect().balanced).toBe(true)
  })

  test('lets a slow group hold its own bound, and then the source', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const run = w.run(
        source.flow.via(
          groupBy({ key: (n: number) => n % 2, groups: 2, items: 3 }, (group, key) =>
            key === 1 ? group.mapAsync((n) => w.delay(1000, n) as Promise<number>, { concurrency: 1 }) : group,
          ),
        ),
        sink,
      )
      sink.request(99)
      source.send(1, 3, 5, 2, 4, 7, 6)
      await w.advance(10)
      expect(await sink.expectCount(2)).toEqual([2, 4])
      await sink.expectNothing(500)
      expect(run.inspect().stages.find(({ name }) => name === 'groupBy 1')?.inFlight).toBe(3)
      expect(w.graph()).toContain('groupBy 1')
      await sink.expectNext(1, 6)
      sink.cancel()
      await w.advance(1)
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { inFlight: 0 } })
    })
  })

  test('completes a group that is idle, frees its place, and opens its key anew', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<string>()
      let opened = 0
      const run = w.run(
        source.flow.via(
          groupBy({ key: own, groups: 1, idle: 10 }, (group, key) => {
            opened++
            return group.batch({ items: 9 }).map((items) => `${key}:${items.length}`)
          }),
        ),
        sink,
      )
      sink.request(9)
      source.send(1, 1)
      await w.advance(9)
      source.send(1)
      await w.advance(9)
      expect(opened).toBe(1)
      await sink.expectNext('1:3')
      source.send(2)
      await sink.expectNext('2:1')
      source.send(1)
      source.complete()
      await sink.expectNext('1:1')
      await sink.expectComplete()

      expect(opened).toBe(3)
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 5, out: 5 } })
    })
  })

  test('opens a key anew when the flow of its group has ended, and counts what the group still held', async () => {
    const seen: number[] = []
    const run = flow([1, 1, 1, 1])
      .via(groupBy({ key: own, groups: 1 }, (group) => group.take(1)))
      .to((n: number) => void seen.push(n))
      .run()
    await run.done
    const { ledger, balanced } = run.inspect()

    expect(seen.length + (ledger.dropped['group-closed'] ?? 0)).toBe(4)
    expect(seen.length).toBeGreaterThan(0)
    expect(balanced).toBe(true)
  })

  test('lets what all groups hold flow out before the failure of one', async () => {
    const seen: number[] = []
    const run = flow([1, 2, 3, 4])
      .via(
        groupBy({ key: own, groups: 9 }, (group) =>
          group.map((n) => {
            if (n === 2) throw new Error('two')
            return n
          }),
        ),
      )
      .to((n: number) => void seen.push(n))
      .run()
    await expect(run.done).rejects.toThrow('two')

    expect([...seen].sort((a, b) => a - b)).toEqual([1, 3, 4])
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { dropped: { failed: 1 } } })
  })

  test('accepts null, undefined and NaN as items and keys', async () => {
    const items = [null, undefined, Number.NaN, undefined]
    const piece = groupBy<unknown, unknown, unknown>({ key: (item) => item, groups: 3 }, (group) => group)

    expect(await flow<unknown>(items).via(piece).toArray(9)).toHaveLength(4)
  })

  test('refuses a flow that is not made of its group, or twice, and bad options', async () => {
    const given = (body: (group: Flow<number>) => Flow<number>): Promise<number> =>
      flow([1])
        .via(groupBy({ key: own, groups: 1 }, body))
        .count()
    await expect(given(() => flow([1]))).rejects.toThrow(TypeError)
    await expect(given((group) => group.merge(group))).rejects.toMatchObject({ code: 'FOREBAY_UNSUPPORTED' })
    await expect(given((group) => group.wiretap(() => {}))).rejects.toMatchObject({ code: 'FOREBAY_UNSUPPORTED' })

    expect(() => groupBy({ key: own, groups: 0 }, (group) => group)).toThrow(/groups/)
    expect(() => groupBy({ key: own, groups: 1, items: 0 }, (group) => group)).toThrow(/items/)
    expect(() => groupBy({ key: own, groups: 1, overflow: 'spill' as 'fail' }, (group) => group)).toThrow(/overflow/)
    expect(() => groupBy({ key: 1 as never, groups: 1 }, (group) => group)).toThrow(/key/)
  })

  test.each(['fail', 'drop-newest'] as const)(
    'gives groups that are done a turn before one is too many, also when items come all at once (%s)',
    async (overflow) => {
      const run = flow
        .range(1, 500)
        .via(groupBy({ key: own, groups: 2, overflow }, (group) => group.take(1)))
        .to(() => {})
        .run()

      expect(await run.done).toBe(500)
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { out: 500, dropped: {} } })
    },
  )

  test('ends behind an item that has waited for a place', async () => {
    const run = flow([1, 2])
      .via(groupBy({ key: own, groups: 1, overflow: 'drop-newest' }, (group) => group.mapAsync(async (n) => n)))
      .to(() => {})
      .run()

    expect(await run.done).toBe(1)
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { dropped: { 'drop-newest': 1 } } })
  })

  test('has asked for no more than fits into the fullest group', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      w.run(source.flow.via(groupBy({ key: (n) => n % 2, groups: 2, items: 5 }, (group) => group)), sink)
      for (const [n, demand] of [
        [1, 5],
        [3, 5],
        [5, 4],
        [2, 3],
        [7, 3],
      ] as const) {
        await w.advance(1)
        expect(source.demand).toBe(demand)
        source.send(n)
      }
      sink.request(1)
      await w.advance(1)
      sink.request(9)
      await w.advance(1)
      expect(source.demand).toBe(5)
    })
  })

  test('keeps of groups that are over no more than the counts of a few', async () => {
    const run = flow
      .range(1, 2000)
      .mapAsync((n) => Promise.resolve(n))
      .via(groupBy({ key: own, groups: 100 }, (group) => group.take(1)))
      .to(() => {})
      .run()
    expect(await run.done).toBe(2000)
    expect(run.inspect().stages.length).toBeLessThan(9 + 32)
  })
})

describe.each(Object.entries({ splitWhen, splitAfter }))('%s', (name, split) => {
  const thirds = (body: (part: Flow<number>) => Flow<number>): Promise<number[]> =>
    flow
      .range(1, 7)
      .via(split((n: number) => n % 3 === 0, body))
      .toArray(99)

  test('parts a flow, and none of the parts is empty', async () => {
    const sums = await thirds((part) => part.batch({ items: 9 }).map((items) => items.length))
    expect(sums).toEqual(name === 'splitWhen' ? [2, 3, 2] : [3, 3, 1])
  })

  test('fails with what a predicate or a part throws, behind what came before', async () => {
    const failing = (n: number): number => {
      if (n === 4) throw new Error('four')
      return n
    }
    await expect(thirds((part) => part.map(failing))).rejects.toThrow('four')
    await expect(thirds(() => flow([1]))).rejects.toThrow(TypeError)
    await expect(
      flow([4])
        .via(
          split(
            (n: number) => failing(n) > 0,
            (part) => part,
          ),
        )
        .count(),
    ).rejects.toThrow('four')
  })
})

describe('flatMapPrefix', () => {
  test('gives the first items and the rest, or what there is of them', async () => {
    const summed = flatMapPrefix<number, number>(2, (prefix, rest) =>
      rest.map((n) => n + prefix.length * 10).concat(flow([prefix.length])),
    )

    expect(await flow([1, 2, 3]).via(summed).toArray(9)).toEqual([23, 2])
    expect(await flow([1]).via(summed).toArray(9)).toEqual([1])
    expect(await flow<number>([]).via(summed).toArray(9)).toEqual([0])
  })

  test('cancels upstream when nobody wants the rest, and balances when the function throws', async () => {
    const run = flow
      .range(1, 1e9)
      .via(flatMapPrefix(3, (prefix) => flow(prefix)))
      .to(() => {})
      .run()
    expect(await run.done).toBe(3)
    const failing = flow
      .range(1, 9)
      .via(
        flatMapPrefix<number, number>(3, () => {
          throw new Error('fn')
        }),
      )
      .to(() => {})
      .run()
    await expect(failing.done).rejects.toThrow('fn')

    expect(failing.inspect()).toMatchObject({ balanced: true, ledger: { dropped: { failed: 3 }, inFlight: 0 } })
  })
})
