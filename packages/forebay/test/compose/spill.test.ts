import { describe, expect, it } from 'vitest'
import { flow } from '../../src/flow/sources.ts'
import type { Run } from '../../src/kernel/run.ts'
import type { EdgeSnapshot } from '../../src/kernel/snapshot.ts'
import { durableStore } from '../../src/queue/durable-store.ts'
import { memoryStore } from '../../src/queue/memory-store.ts'
import type { Store } from '../../src/queue/store.ts'
import { verify } from '../../src/testkit/verify.ts'
import { VirtualClock } from '../../src/testkit/virtual-clock.ts'

/** The store as a run sees it, which a run may close and the test keeps. */
function lent(store: Store): ReturnType<typeof durableStore> {
  return { ...durableStore(store), close: () => Promise.resolve() }
}

const later = (clock: VirtualClock, ms: number) => () =>
  new Promise<void>((resolve) => void clock.after(ms, () => resolve()))

/** A source that says how far it was read. */
function counted(last: number): { items: Iterable<number>; read: () => number } {
  let read = 0
  const items = {
    *[Symbol.iterator]() {
      while (read < last) yield ++read
    },
  }
  return { items, read: () => read }
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

function edge(run: Run, name: string): { length: number; put: number } {
  return run.inspect().edges.find((candidate) => candidate.name === name) as { length: number; put: number }
}

describe('a buffer that spills', () => {
  it('goes on to the store when memory is full, keeps the order, and comes back to memory', async () => {
    const clock = new VirtualClock()
    const source = counted(500)
    const seen: number[] = []
    const run = flow(source.items)
      .buffer({ items: 10, overflow: 'spill', name: 'burst' })
      .to((n) => {
        seen.push(n)
        return later(clock, 5)()
      })
      .run({ store: lent(memoryStore({ clock })), clock })
    await clock.advance(100)
    // One sink is slow, and the whole burst has been taken in: a little in memory, the rest in the store.
    expect(source.read()).toBe(500)
    expect(edge(run, 'burst').length).toBeLessThanOrEqual(10)
    expect(edge(run, 'burst-spill').length).toBeGreaterThan(400)
    await clock.advance(5000)
    await run.done

    expect(seen).toEqual(numbers(1, 500))
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 500, out: 500, inFlight: 0, carriedOut: 0 } })
  })

  it('uses memory alone while the consumer keeps up, before a burst and after it', async () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    const burst = async function* (): AsyncGenerator<number> {
      for (let n = 1; n <= 300; n++) {
        if (n <= 50 || n > 250) await later(clock, 10)()
        yield n
      }
    }
    const run = flow(burst())
      .buffer({ items: 20, overflow: 'spill', name: 'burst' })
      .to((n) => {
        seen.push(n)
        return later(clock, 4)()
      })
      .run({ store: lent(memoryStore({ clock })), clock })
    await clock.advance(490)
    expect(edge(run, 'burst-spill').put).toBe(0)
    await clock.advance(5000)
    await run.done

    expect(seen).toEqual(numbers(1, 300))
    const spilled = edge(run, 'burst-spill').put
    expect(spilled).toBeGreaterThan(100)
    expect(spilled).toBeLessThan(300 - 50)
  })

  it('holds its producer back when the store is full too', async () => {
    const clock = new VirtualClock()
    const source = counted(10_000)
    const run = flow(source.items)
      .buffer({ items: 10, overflow: 'spill', name: 'burst', spill: { items: 100 } })
      .to(() => new Promise(() => {}))
      .run({ store: lent(memoryStore({ clock })), clock })
    await clock.advance(1000)

    expect(source.read()).toBeGreaterThanOrEqual(100)
    expect(source.read()).toBeLessThan(180)
    run.cancel()
    await run.done.catch(() => {})
    expect(run.inspect().balanced).toBe(true)
  })

  it.each(['drop-newest', 'drop-oldest'] as const)(
    'loses what its words say when the store is full too, counted, in order, and ends: %s',
    async (overflow) => {
      const clock = new VirtualClock()
      const source = counted(1000)
      const seen: number[] = []
      const run = flow(source.items)
        .buffer({ items: 10, overflow: 'spill', name: 'burst', spill: { items: 600, overflow } })
        .to((n) => {
          seen.push(n)
          return later(clock, 5)()
        })
        .run({ store: lent(memoryStore({ clock })), clock })
      await clock.advance(400)
      // The burst is over long before the sink is: nobody was held back.
      expect(source.read()).toBe(1000)
      expect(edge(run, 'burst-spill').length).toBeLessThanOrEqual(600)
      await clock.advance(10_000)
      await run.done

      const lost = numbers(1, 1000).filter((n) => !seen.includes(n))
      expect(seen).toEqual(seen.toSorted((a, b) => a - b))
      expect(new Set(seen).size).toBe(seen.length)
      expect(lost.length).toBeGreaterThan(200)
      expect(seen.at(-1) === 1000).toBe(overflow === 'drop-oldest')
      expect(run.inspect()).toMatchObject({
        balanced: true,
        ledger: { in: 1000, out: seen.length, dropped: { [overflow]: lost.length }, carriedOut: 0 },
      })
      const spilled = run.inspect().edges.find(({ name }) => name === 'burst-spill') as EdgeSnapshot
      expect(spilled).toMatchObject({ policy: overflow, dropped: { [overflow]: lost.length }, length: 0 })
      expect(spilled.put).toBe(spilled.taken + lost.length)
    },
  )

  it('comes back to memory when the store has dropped what came last', async () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    const items = async function* (): AsyncGenerator<number> {
      for (let n = 1; n <= 500; n++) {
        if (n === 401) await later(clock, 5000)()
        if (n > 401) await later(clock, 20)()
        yield n
      }
    }
    const run = flow(items())
      .buffer({ items: 10, overflow: 'spill', name: 'burst', spill: { items: 50, overflow: 'drop-newest' } })
      .to((n) => {
        seen.push(n)
        return later(clock, 5)()
      })
      .run({ store: lent(memoryStore({ clock })), clock })
    await clock.advance(4000)
    const before = edge(run, 'burst-spill').put
    await clock.advance(60_000)
    await run.done

    expect(seen.slice(-100)).toEqual(numbers(401, 500))
    // One item at most goes the long way, to find out that nothing is before it.
    expect(edge(run, 'burst-spill').put).toBeLessThanOrEqual(before + 1)
  })

  it('fails when the store is full too and it was told so', async () => {
    const clock = new VirtualClock()
    const run = flow(counted(1000).items)
      .buffer({ items: 10, overflow: 'spill', name: 'burst', spill: { items: 50, overflow: 'fail' } })
      .to(() => new Promise(() => {}))
      .run({ store: lent(memoryStore({ clock })), clock })
    const failure = run.done.catch((error: unknown) => error)
    await clock.advance(100)

    expect(await failure).toMatchObject({ code: 'FOREBAY_OVERFLOW' })
    expect(run.inspect().balanced).toBe(true)
  })

  it('says in explain what it may lose', () => {
    const program = flow([1])
      .buffer({ items: 5, overflow: 'spill', name: 'b', spill: { items: 9, overflow: 'drop-oldest' } })
      .to(() => {})

    expect(program.explain().losses).toEqual([{ part: 'b-spill', policy: 'drop-oldest' }])
  })

  it('leaves what it has stored to the next run, which hands it on in order', async () => {
    const clock = new VirtualClock()
    const store = memoryStore({ clock })
    const spilling = (items: Iterable<number>, seen: number[], ms: number) =>
      flow(items)
        .buffer({ items: 5, overflow: 'spill', name: 'burst' })
        .to((n) => {
          seen.push(n)
          return later(clock, ms)()
        })
    const [first, second]: [number[], number[]] = [[], []]
    const cut = spilling(numbers(1, 100), first, 1000).run({ store: lent(store), clock })
    await clock.advance(500)
    cut.cancel('crash')
    await cut.done.catch(() => {})
    const left = cut.inspect().ledger.carriedOut
    expect(left).toBeGreaterThan(50)

    const next = spilling(numbers(101, 110), second, 1).run({ store: lent(store), clock })
    await clock.advance(60_000)
    await next.done
    const carried = second.filter((n) => n <= 100)
    expect(carried).toHaveLength(left)
    expect(carried).toEqual(numbers(101 - left, 100))
    expect(second.filter((n) => n > 100)).toEqual(numbers(101, 110))
  })

  it('needs a store and a name', () => {
    expect(() =>
      flow([1])
        .buffer({ items: 5, overflow: 'spill', name: 'b' })
        .to(() => {})
        .run(),
    ).toThrow(expect.objectContaining({ code: 'FOREBAY_NO_STORE' }))
    expect(() => flow([1]).buffer({ items: 5, overflow: 'spill' })).toThrow(/needs a name/)
    expect(() => flow([1]).buffer({ items: 5, overflow: 'spill', name: 'b', spill: { items: 0 } })).toThrow(RangeError)
    const wrong = { overflow: 'drop-some' as never }
    expect(() => flow([1]).buffer({ items: 5, overflow: 'spill', name: 'b', spill: wrong })).toThrow(/spill.overflow/)
  })

  it.each(['backpressure', 'drop-oldest', 'drop-newest'] as const)('keeps the 14 laws with %s', async (overflow) => {
    await verify(
      {
        name: 'spill',
        operator: (input) =>
          input.buffer({ items: 2, overflow: 'spill', name: 'burst', spill: { items: 6, overflow } }),
        model: (items) => items,
        loses: [overflow],
        // What is in the store when upstream fails stays there for the next run.
        cutByFailure: true,
        run: (bench) => ({ store: durableStore(memoryStore({ clock: bench.clock })) }),
      },
      { trials: 40 },
    )
  })
})
