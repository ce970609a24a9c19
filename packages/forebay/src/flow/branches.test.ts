import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import type { Flow } from './flow.ts'
import { merge } from './merge.ts'
import { world } from '../testkit/world.ts'
import { flow } from './sources.ts'

/** An endless source that says how far it was read. */
function counter(): { items: Iterable<number>; read(): number; closed(): number } {
  let read = 0
  let closed = 0
  const items = {
    *[Symbol.iterator]() {
      try {
        for (;;) yield read++
      } finally {
        closed++
      }
    },
  }
  return { items, read: () => read, closed: () => closed }
}

const boom = (at: number) => (n: number) => {
  if (n === at) throw new Error('boom')
  return n
}

/** Work that takes `ms` on the clock. */
const slow = (clock: VirtualClock, ms: number) => () =>
  new Promise<void>((resolve) => void clock.after(ms, () => resolve()))

describe('merge', () => {
  it('takes from its inputs in turn, so that an endless one cannot keep the other out', async () => {
    const seen = await flow(counter().items)
      .map(() => 'a')
      .merge(flow(counter().items).map(() => 'b'))
      .take(2000)
      .toArray(2000)

    expect(seen.filter((name) => name === 'a')).toHaveLength(1000)
  })

  it('asks each input for one item ahead, or for as many as it is told', async () => {
    for (const prefetch of [1, 8]) {
      const [a, b] = [counter(), counter()]
      await merge([flow(a.items), flow(b.items)], { prefetch }).first()

      expect(a.read()).toBe(prefetch)
      expect(b.read()).toBeLessThanOrEqual(prefetch)
      expect([a.closed(), b.closed()]).toEqual([1, b.read() === 0 ? 0 : 1])
    }
  })

  it('completes with the last input, or eagerly with the first', async () => {
    const all = await flow.range(1, 3).merge(flow.range(11, 15)).toArray(10)
    const eager = await merge([flow.range(1, 1), flow(counter().items)], { eagerComplete: true }).count()

    expect(all.toSorted((x, y) => x - y)).toEqual([1, 2, 3, 11, 12, 13, 14, 15])
    expect(eager).toBeGreaterThanOrEqual(1)
  })

  it('hands on what it holds before it fails, and cancels the other inputs', async () => {
    const other = counter()
    const seen: number[] = []
    const done = merge([flow(other.items).map(() => 0), flow.range(1, 9).map(boom(4))], { prefetch: 16 }).forEach((n) =>
      seen.push(n),
    )

    await expect(done).rejects.toThrow('boom')
    expect(seen.filter((n) => n > 0)).toEqual([1, 2, 3])
    expect(other.closed()).toBe(1)
  })

  it('counts every item it was given, when it is cancelled as well', async () => {
    const clock = new VirtualClock()
    const run = merge([flow.range(1, 100), flow.range(1, 100)], { prefetch: 4 })
      .to(slow(clock, 10))
      .run({ clock })
    await clock.advance(55)
    run.cancel('enough')
    await expect(run.done).rejects.toThrow('cancelled')

    const { ledger, balanced } = run.inspect()
    expect(balanced).toBe(true)
    expect(ledger.in).toBeGreaterThan(ledger.out)
  })
})

describe('concat', () => {
  it('starts a flow only when those before it are over', async () => {
    const second = counter()
    const seen: number[] = []
    for await (const n of flow.range(1, 3).concat(flow(second.items).map((item) => item + 100))) {
      if (n === 3) expect(second.read()).toBe(0)
      seen.push(n)
      if (n >= 102) break
    }

    expect(seen).toEqual([1, 2, 3, 100, 101, 102])
    expect([second.read(), second.closed()]).toEqual([3, 1])
  })

  it('fails with the first input, and with a later one not before its turn', async () => {
    const early = flow.range(1, 3).map(boom(2)).concat(flow.range(4, 5)).toArray(9)
    const seen: number[] = []
    const late = flow
      .range(1, 3)
      .concat(flow.range(4, 9).map(boom(4)).buffer(4))
      .forEach((n) => seen.push(n))

    await expect(early).rejects.toThrow('boom')
    await expect(late).rejects.toThrow('boom')
    expect(seen).toEqual([1, 2, 3])
  })
})

describe('zip', () => {
  it('pairs items, and lets no side run further ahead than a slice', async () => {
    const [fast, slowSide] = [counter(), flow.range(1, 3)]
    const pairs = await flow(fast.items)
      .zip(slowSide, flow(['x', 'y', 'z', 'w']))
      .toArray(9)

    expect(pairs).toEqual([
      [0, 1, 'x'],
      [1, 2, 'y'],
      [2, 3, 'z'],
    ])
    expect(fast.read()).toBeLessThanOrEqual(3 + 64)
    expect(fast.closed()).toBe(1)
  })

  it('counts the items that wait for a partner that will not come', async () => {
    // A set has to be asked once more before it tells its end, and by then the partner has come.
    const run = flow(new Set([1, 2]))
      .zip(flow.range(1, 9))
      .to(() => {})
      .run()
    await run.done

    const { ledger, balanced } = run.inspect()
    expect(ledger).toMatchObject({ in: 5, out: 4, dropped: { unpaired: 1 }, inFlight: 0 })
    expect(balanced).toBe(true)
  })
})

describe('broadcast', () => {
  const collect = (into: number[]) => (branch: Flow<number>) => branch.to((n) => void into.push(n))

  it('gives every item to every branch, and one result for each', async () => {
    const [a, b]: [number[], number[]] = [[], []]
    const run = flow
      .range(1, 100)
      .broadcast(collect(a), (branch) => branch.filter((n) => n % 2).to((n) => void b.push(n)))
      .run()

    const results: [number, number] = await run.done
    expect(results).toEqual([100, 50])
    expect(a).toHaveLength(100)
    expect(b).toHaveLength(50)
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 100, out: 100, inFlight: 0 } })
  })

  it('goes at the pace of its slowest branch, which the account of the edges names', async () => {
    const clock = new VirtualClock()
    const source = counter()
    const run = flow(source.items)
      .broadcast(
        (branch) => branch.to(slow(clock, 1), { name: 'quick' }),
        (branch) => branch.to(slow(clock, 10), { name: 'slow' }),
      )
      .run({ clock })
    await clock.advance(1000)

    expect(source.read()).toBeGreaterThan(98)
    expect(source.read()).toBeLessThan(103)
    const blocked = Object.fromEntries(run.inspect().edges.map(({ name, blockedMs }) => [name, blockedMs]))
    expect(blocked['broadcast → slow']).toBeGreaterThan(900)
    expect(blocked['broadcast → quick']).toBeLessThan(200)
    run.cancel()
    await run.done.catch(() => {})
  })

  it('is not held up by a branch that drops, and counts what that branch loses', async () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    const run = flow
      .range(1, 1000)
      .broadcast(collect(seen), (branch) => branch.buffer(10, 'drop-oldest').named('lossy').to(slow(clock, 1000)))
      .run({ clock })
    await clock.advance(500)

    expect(seen).toHaveLength(1000)
    const lossy = run.inspect().edges.find(({ name }) => name === 'lossy')
    expect(lossy).toMatchObject({ length: 10, dropped: { 'drop-oldest': 989 } })
    run.cancel()
    await run.done.catch(() => {})
  })

  it('goes on without a branch that has had enough, and stops when none is left', async () => {
    const source = counter()
    const [a, b]: [number[], number[]] = [[], []]
    await flow(source.items)
      .broadcast(
        (branch) => collect(a)(branch.take(3)),
        (branch) => collect(b)(branch.take(10)),
      )
      .run().done

    expect([a.length, b.length]).toEqual([3, 10])
    expect(source.closed()).toBe(1)
  })

  it('fails when a branch fails, and closes the sinks of the others', async () => {
    const failures: unknown[] = []
    const run = flow(counter().items)
      .broadcast(
        (branch) => branch.map(boom(5)).to(() => {}),
        (branch) => branch.to({ write: () => {}, close: (failure) => failures.push(failure?.error) }),
      )
      .run()

    await expect(run.done).rejects.toThrow('boom')
    expect(failures).toHaveLength(1)
  })

  it('merges the branches that stay flows, and runs the others beside them', async () => {
    const audit: number[] = []
    const sum = await flow
      .range(1, 10)
      .broadcast<number>(
        (branch) => branch.filter((n) => n % 2),
        (branch) => branch.filter((n) => n % 2 === 0).map((n) => n * 100),
        collect(audit),
      )
      .reduce((total, n) => total + n, 0)

    expect(sum).toBe(25 + 3000)
    expect(audit).toHaveLength(10)
  })

  it('refuses a branch that is used twice, and branches that are none', () => {
    expect(() =>
      flow
        .range(1, 2)
        .broadcast((branch) => branch.merge(branch).to(() => {}))
        .run(),
    ).toThrow(/twice/)
    expect(() => flow.range(1, 2).broadcast()).toThrow(RangeError)
    expect(() => flow.range(1, 2).broadcast((() => 3) as never)).toThrow(TypeError)
  })
})

describe('partition and divert', () => {
  it('sends each item to its branch', async () => {
    const [a, b]: [number[], number[]] = [[], []]
    const run = flow
      .range(1, 9)
      .partition(
        (n) => n % 2,
        (branch) => branch.to((n) => void a.push(n)),
        (branch) => branch.to((n) => void b.push(n)),
      )
      .run()
    await run.done

    expect(a).toEqual([2, 4, 6, 8])
    expect(b).toEqual([1, 3, 5, 7, 9])
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 9, out: 9, inFlight: 0 } })
  })

  it('diverts and goes on', async () => {
    const bad: number[] = []
    const good = await flow
      .range(1, 6)
      .divert(
        (n) => n % 3 === 0,
        (branch) => branch.to((n) => void bad.push(n)),
      )
      .toArray(9)

    expect(good).toEqual([1, 2, 4, 5])
    expect(bad).toEqual([3, 6])
  })

  it('counts items for a branch that has had enough', async () => {
    const run = flow
      .range(1, 10)
      .divert(
        (n) => n > 5,
        (branch) => branch.take(2).to(() => {}),
      )
      .to(() => {})
      .run()
    await run.done

    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 10, dropped: { 'branch-closed': 3 } } })
  })

  it('fails when an item belongs nowhere', async () => {
    const done = flow
      .range(1, 3)
      .partition(
        () => 7,
        (branch) => branch.to(() => {}),
      )
      .run().done

    await expect(done).rejects.toThrow(/from 0 to 0, got 7/)
  })
})

describe('wiretap', () => {
  it('ends with the flow that it looks at', async () => {
    await world(1, async (w) => {
      const seen: number[] = []
      const source = w.source<number>()
      const run = w.run(
        source.flow
          .wiretap((n) => (seen.push(n), w.delay(5)))
          .take(2)
          .to(() => {}),
      )

      source.send(1, 2, 3, 4)
      await source.expectCancel()
      await run.done
      expect(seen).toEqual([1, 2])
      expect(run.inspect().balanced).toBe(true)
    })
  })

  it('never holds the flow back, and counts what it misses', async () => {
    const clock = new VirtualClock()
    const looked: number[] = []
    const run = flow
      .range(1, 100)
      .wiretap((n) => (looked.push(n), slow(clock, 1000)()), { items: 4 })
      .to(() => {})
      .run({ clock })
    await clock.advance(10)

    expect(run.inspect().stages.find(({ name }) => name === 'sink')?.in).toBe(100)
    await clock.advance(10_000)
    expect(await run.done).toBe(100)
    expect(looked).toEqual([1, 2, 3, 4, 5])
    expect(run.inspect().edges.find(({ name }) => name === 'wiretap')?.dropped).toEqual({ 'drop-newest': 95 })
  })

  it('refuses policies that wait', () => {
    expect(() => flow.range(1, 2).wiretap(() => {}, { overflow: 'backpressure' as never })).toThrow(RangeError)
  })
})

describe('a failure in a flow with several ends', () => {
  const failing = flow.range(1, 9).map(boom(6))

  it('comes after what every branch holds when it comes from above them', async () => {
    const clock = new VirtualClock()
    const [fast, late]: [number[], number[]] = [[], []]
    const run = failing
      .broadcast(
        (branch) => branch.to((n) => void fast.push(n)),
        (branch) => branch.buffer(8).to((n) => (late.push(n), slow(clock, 10)())),
      )
      .run({ clock })
    const failed = expect(run.done).rejects.toThrow('boom')
    await clock.advance(25)
    expect([fast, late]).toEqual([
      [1, 2, 3, 4, 5],
      [1, 2, 3],
    ])
    await clock.advance(100)
    await failed

    expect(late).toEqual([1, 2, 3, 4, 5])
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 6, out: 5, dropped: { failed: 1 } } })
  })

  it('ends the others at once when a branch fails by itself: nothing passes that it has not seen', async () => {
    const clock = new VirtualClock()
    const late: number[] = []
    const run = flow
      .range(1, 9)
      .broadcast(
        (branch) => branch.map(boom(3)).to(() => {}),
        (branch) => branch.buffer(9).to((n) => (late.push(n), slow(clock, 10)())),
      )
      .run({ clock })
    await expect(run.done).rejects.toThrow('boom')
    await clock.advance(100)

    expect(late).toEqual([1])
    expect(run.inspect()).toMatchObject({ balanced: true, state: 'failed', ledger: { inFlight: 0 } })
  })

  it.each([0, 10])('is not put off by a branch that would go on with another flow: %i ms an item', async (ms) => {
    const clock = new VirtualClock()
    const own = counter()
    const run = failing
      .broadcast(
        (branch) => branch.to(() => {}),
        (branch) =>
          branch
            .buffer(8)
            .recoverWith(() => flow(own.items))
            .to(slow(clock, ms)),
      )
      .run({ clock })
    const failed = expect(run.done).rejects.toThrow('boom')
    await clock.advance(200)
    await failed

    expect(run.inspect()).toMatchObject({ balanced: true, state: 'failed' })
  })

  it('is not put off by a branch that another source still feeds', async () => {
    const clock = new VirtualClock()
    const other = flow(counter().items)
    const run = failing
      .broadcast(
        (branch) => branch.to(() => {}),
        (branch) => other.concat(branch.buffer(8)).to(slow(clock, 10)),
      )
      .run({ clock })
    const failed = expect(run.done).rejects.toThrow('boom')
    await clock.advance(50)
    await failed

    expect(run.inspect()).toMatchObject({ balanced: true, state: 'failed' })
  })

  it('ends all of them at once when another one comes up meanwhile', async () => {
    const clock = new VirtualClock()
    const late: number[] = []
    const second = (n: number): Promise<void> => slow(clock, 10)().then(() => (boom(2)(n), undefined))
    const run = failing
      .broadcast(
        (branch) => branch.to(() => {}),
        (branch) => branch.buffer(8).to(second),
        (branch) => branch.buffer(8).to((n) => (late.push(n), slow(clock, 50)())),
      )
      .run({ clock })
    const failed = expect(run.done).rejects.toThrow('boom')
    await clock.advance(30)
    await failed

    expect(late).toEqual([1])
    expect(run.inspect()).toMatchObject({ balanced: true, state: 'failed' })
  })

  it('is not the business of a wiretap, which has looked at what there was', async () => {
    const clock = new VirtualClock()
    const [looked, seen]: [number[], number[]] = [[], []]
    const run = failing
      .wiretap((n) => void looked.push(n))
      .buffer(8)
      .recover(() => 0)
      .to((n) => (seen.push(n), slow(clock, 10)()))
      .run({ clock })
    await clock.advance(100)

    expect(await run.done).toBe(6)
    expect([looked, seen]).toEqual([
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5, 0],
    ])
  })
})

describe('a flow used in two places', () => {
  it('is two runs of the same blueprint', async () => {
    const doubled = flow.range(1, 3).mapAsync((n) => n * 2)
    const seen = await doubled
      .map((n) => `a${n}`)
      .merge(doubled.map((n) => `b${n}`))
      .toArray(9)

    expect(seen.toSorted()).toEqual(['a2', 'a4', 'a6', 'b2', 'b4', 'b6'])
  })
})
