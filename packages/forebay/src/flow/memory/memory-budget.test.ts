import { describe, expect, test } from 'vitest'
import { systemClock } from '../../kernel/clock.ts'
import { isForebayError } from '../../kernel/errors.ts'
import { seededRandom } from '../../kernel/random.ts'
import type { Run } from '../../kernel/run.ts'
import { world, type World } from '../../testkit/world.ts'
import { firehose, type Emit } from '../firehose.ts'
import { flow } from '../sources.ts'
import { tick } from '../sources/tick.ts'
import { memoryBudget, type MemoryBudget } from './memory-budget.ts'
import type { MemoryShareOptions } from './share-options.ts'

const sizeOf = (bytes: number): number => bytes

/** A flow of items of random sizes without end, each of which takes `ms` to work on. */
function endless(
  w: World,
  budget: MemoryBudget,
  name: string,
  ms: number,
  options: MemoryShareOptions = {},
  most = 1000,
): Run {
  const random = seededRandom(name.length * 7919 + (name.codePointAt(0) ?? 0))
  const sizes = flow.range(1, 1e9).map(() => 1 + Math.floor(random.next() * most))
  const program = sizes.buffer(100_000).to(() => w.delay(ms))
  return w.run(program, { memory: budget.share(name, options), sizeOf: sizeOf as (value: unknown) => number })
}

function heldBy(budget: MemoryBudget, name: string): number {
  return budget.inspect().shares.find((share) => share.name === name)?.heldBytes ?? 0
}

describe('memory shared by several runs', () => {
  test('is a bound for all of them together, and none stands still', () =>
    world(1, async (w) => {
      const budget = memoryBudget(200_000)
      const runs = Array.from({ length: 50 }, (_, i) => endless(w, budget, `flow ${i}`, 1 + (i % 7)))
      let most = 0
      for (let i = 0; i < 300; i++) {
        await w.advance(1)
        const { heldBytes, shares } = budget.inspect()
        most = Math.max(most, heldBytes)
        expect(shares.reduce((sum, share) => sum + share.heldBytes, 0)).toBe(heldBytes)
      }
      expect(most).toBeGreaterThan(190_000)
      expect(most).toBeLessThan(200_000 + 50 * 1000)
      for (const run of runs) expect(run.inspect().ledger.out).toBeGreaterThan(300 / 8 - 5)
    }))

  test('comes to equal parts for equal weights', () =>
    world(2, async (w) => {
      const budget = memoryBudget(1_000_000)
      for (let i = 0; i < 9; i++) endless(w, budget, `${i}`, 1 + (i % 3))
      endless(w, budget, 'heavy', 1, { weight: 3 })
      await w.advance(2000)
      const { shares, heldBytes: total } = budget.inspect()
      expect(total).toBeGreaterThan(950_000)
      for (const { name, heldBytes } of shares) {
        const fair = (total / 12) * (name === 'heavy' ? 3 : 1)
        expect(heldBytes / fair, name).toBeGreaterThan(0.9)
        expect(heldBytes / fair, name).toBeLessThan(1.1)
      }
    }))

  test('goes by want: what one does not need the others have', () =>
    world(3, async (w) => {
      const budget = memoryBudget(100_000)
      for (const name of ['a', 'b']) endless(w, budget, name, 1)
      w.run(
        tick('10ms')
          .map(() => 100)
          .buffer(10)
          .to(() => w.delay(1)),
        {
          memory: budget.share('modest'),
          sizeOf: sizeOf as (value: unknown) => number,
        },
      )
      await w.advance(1000)
      expect(heldBy(budget, 'modest')).toBeLessThan(1000)
      expect(heldBy(budget, 'a')).toBeGreaterThan(40_000)
      expect(heldBy(budget, 'b')).toBeGreaterThan(40_000)
    }))

  /** A run that is guaranteed 30,000 bytes and takes none until it is given items. */
  function guaranteed(w: World, budget: MemoryBudget): { run: Run; emit: (value: number) => void } {
    let emit: Emit<number> | undefined
    const pushed = firehose<number>((give) => {
      emit = give
      return () => {}
    })
    const run = w.run(
      pushed.buffer(1000, 'drop-newest').to(() => w.delay(1e6)),
      {
        memory: budget.share('sure', { guaranteed: 30_000 }),
        sizeOf: sizeOf as (value: unknown) => number,
      },
    )
    return { run, emit: (value) => (emit as Emit<number>)(value) }
  }

  test('keeps what is guaranteed, and gives it at once', () =>
    world(4, async (w) => {
      const budget = memoryBudget(100_000)
      const { run, emit } = guaranteed(w, budget)
      for (let i = 0; i < 5; i++) endless(w, budget, `greedy ${i}`, 1)
      await w.advance(500)
      expect(budget.inspect().heldBytes).toBeGreaterThan(60_000)
      expect(budget.inspect().heldBytes).toBeLessThan(75_000)
      for (let i = 0; i < 30; i++) emit(1000)
      expect(heldBy(budget, 'sure')).toBe(29_000) // one is being worked on
      expect(run.inspect().ledger.dropped).toEqual({})
    }))

  test('what is guaranteed to one that begins late comes before all else that is given back', () =>
    world(4, async (w) => {
      const budget = memoryBudget(100_000)
      for (let i = 0; i < 5; i++) endless(w, budget, `greedy ${i}`, 1)
      await w.advance(100)
      const { emit } = guaranteed(w, budget)
      emit(1)
      for (let i = 0; i < 300; i++) {
        await w.advance(1)
        emit(200)
        expect(budget.inspect().heldBytes).toBeLessThan(105_000)
      }
      expect(heldBy(budget, 'sure')).toBeGreaterThan(29_000)
    }))

  test('a run whose consumer never comes back leaves room for one that begins later', () =>
    world(5, async (w) => {
      const budget = memoryBudget(100_000)
      endless(w, budget, 'stuck', 1e7)
      await w.advance(10)
      const stuck = heldBy(budget, 'stuck')
      expect(stuck).toBeGreaterThan(90_000)
      const quick = endless(w, budget, 'quick', 1, {}, 100)
      await w.advance(1000)
      expect(heldBy(budget, 'quick')).toBeGreaterThan(1000)
      expect(quick.inspect().ledger.out).toBeGreaterThan(900)
    }))

  test('the less important stop first, keep a little, and come back', () =>
    world(6, async (w) => {
      const budget = memoryBudget(100_000)
      const low = endless(w, budget, 'low', 1, { level: 3 })
      await w.advance(500)
      expect(heldBy(budget, 'low')).toBeGreaterThan(90_000)
      const high = endless(w, budget, 'high', 1, { level: 0 })
      await w.advance(500)
      expect(heldBy(budget, 'low')).toBeLessThan(10_000)
      expect(heldBy(budget, 'high')).toBeGreaterThan(85_000)
      const before = low.inspect().ledger.out
      await w.advance(100)
      expect(low.inspect().ledger.out).toBeGreaterThan(before + 50)
      high.cancel()
      await w.advance(500)
      expect(heldBy(budget, 'low')).toBeGreaterThan(90_000)
    }))

  test('never more than its max for a run, however much is free', () =>
    world(7, async (w) => {
      const budget = memoryBudget(100_000)
      endless(w, budget, 'small', 1, { max: 20_000 })
      await w.advance(200)
      expect(heldBy(budget, 'small')).toBeGreaterThan(18_000)
      expect(heldBy(budget, 'small')).toBeLessThan(21_000)
    }))

  test('is given back once, however a run ends', () =>
    world(8, async (w) => {
      const budget = memoryBudget(100_000)
      const cancelled = endless(w, budget, 'cancelled', 5)
      const failing = w.run(
        flow
          .range(0, 1e6)
          .buffer(1e6)
          .to((i) => w.delay(1).then(() => Promise.reject(new Error(`${i}`)))),
        { memory: budget.share('failing') },
      )
      const whole = w.run(
        flow
          .range(0, 500)
          .buffer(100)
          .to(() => {}),
        { memory: budget.share('whole') },
      )
      await whole.done
      await expect(failing.done).rejects.toThrow('0')
      await w.advance(20)
      cancelled.cancel()
      cancelled.cancel()
      const state = budget.inspect()
      expect(state).toMatchObject({ heldBytes: 0, guaranteedBytes: 0, shares: [] })
      const again = endless(w, budget, 'again', 1)
      await w.advance(100)
      expect(heldBy(budget, 'again')).toBeGreaterThan(90_000)
      again.cancel()
    }))

  test('refuses a run when what it is to be guaranteed is not there', () =>
    world(9, async (w) => {
      const budget = memoryBudget('100kB', { name: 'shared' })
      const first = endless(w, budget, 'first', 1, { guaranteed: '60kB' })
      expect(() => endless(w, budget, 'second', 1, { guaranteed: '60kB' })).toThrow(
        'shared: cannot guarantee 60000 bytes to second, 60000 of 100000 are guaranteed to others',
      )
      try {
        endless(w, budget, 'second', 1, { guaranteed: '60kB' })
      } catch (error) {
        expect(isForebayError(error, 'FOREBAY_OVERFLOW') && error.retryable).toBe(true)
      }
      expect(budget.inspect().shares.map(({ name }) => name)).toEqual(['first'])
      first.cancel()
      endless(w, budget, 'second', 1, { guaranteed: '60kB' })
      expect(budget.inspect().shares.map(({ name }) => name)).toEqual(['second'])
    }))

  test('loses the least important items first to make room, where that was allowed', () =>
    world(10, async (w) => {
      const fill = (name: string, options: MemoryShareOptions): Run => {
        const many = firehose<{ level: number }>((emit) => {
          for (let i = 0; i < 100; i++) emit({ level: i % 4 })
          return () => {}
        })
        const program = many
          .buffer({ items: 100, overflow: 'drop-newest', level: (item) => item.level, name })
          .to(() => w.delay(1e7))
        return w.run(program, { memory: budget.share(name, options), sizeOf: () => 1000 })
      }
      const budget = memoryBudget(100_000)
      const shedding = fill('shedding', { level: 3, shed: true })
      await w.advance(1)
      const held = heldBy(budget, 'shedding')
      expect(held).toBeGreaterThan(90_000)
      endless(w, budget, 'urgent', 10, { level: 0 })
      await w.advance(100)
      expect(heldBy(budget, 'urgent')).toBeGreaterThan(80_000)
      const { dropped, inFlight } = shedding.inspect().ledger
      expect(dropped['memory']).toBeGreaterThan(80)
      expect(budget.inspect().shares.find(({ name }) => name === 'shedding')?.shedItems).toBe(dropped['memory'])
      expect(shedding.inspect().balanced).toBe(true)
      expect(inFlight + Object.values(dropped).reduce((a, b) => a + b, 0)).toBe(100)
    }))

  test('nobody loses items for others who has not allowed it', () =>
    world(11, async (w) => {
      const budget = memoryBudget(100_000)
      const many = firehose<number>((emit) => {
        for (let i = 0; i < 90; i++) emit(1000)
        return () => {}
      })
      const run = w.run(
        many.buffer(100, 'drop-oldest').to(() => w.delay(1e7)),
        {
          memory: budget.share('keeps'),
          sizeOf: sizeOf as (value: unknown) => number,
        },
      )
      endless(w, budget, 'urgent', 1, { level: 0 })
      await w.advance(100)
      expect(run.inspect().ledger.dropped).toEqual({})
    }))

  test('says who holds what and who waits', () =>
    world(12, async (w) => {
      const budget = memoryBudget(100_000, { name: 'shared' })
      endless(w, budget, 'stuck', 1e7)
      await w.advance(1)
      const run = endless(w, budget, 'waiting', 10)
      await w.advance(1000)
      expect(budget.inspect().shares.map(({ name }) => name)).toEqual(['stuck', 'waiting'])
      const { share, budgetBytes } = run.inspect().memory
      expect(budgetBytes).toBe(100_000)
      expect(share).toMatchObject({ name: 'waiting', budget: 'shared', waiting: 1, largest: { name: 'stuck' } })
      expect(share?.waitedMs).toBeGreaterThan(900)
      expect(share?.waitedMs).toBeLessThanOrEqual(1000)
      expect(run.why().sentence).toContain('It waits for shared 100 % of the time (stuck holds 97 %).')
    }))

  test('keeps nothing of runs that are over', async () => {
    const budget = memoryBudget('1MiB')
    for (let i = 0; i < 2000; i++) {
      const run = flow
        .range(0, 3)
        .buffer(2)
        .to(() => {})
        .run({ memory: budget.share(`${i}`), clock: systemClock })
      await run.done
    }
    expect(budget.inspect()).toMatchObject({ heldBytes: 0, guaranteedBytes: 0, shares: [] })
  })

  test('checks its options', () => {
    expect(() => memoryBudget(0)).toThrow('memoryBudget: expected bytes > 0')
    const budget = memoryBudget(1000)
    expect(() => budget.share('')).toThrow("share: expected a name, got ''")
    expect(() => budget.share('a', { guaranteed: 2000 })).toThrow('guaranteed: expected a number from 0 to 1000')
    expect(() => budget.share('a', { guaranteed: 500, max: 400 })).toThrow('max: expected a number from 500 to 1000')
    expect(() => budget.share('a', { weight: 0 })).toThrow('weight: expected a number from 0.001 to 1000, got 0')
    expect(() => budget.share('a', { level: 4 as 3 })).toThrow('level: expected a whole number from 0 to 3, got 4')
    expect(() => budget.share('a', { shed: 1 as unknown as boolean })).toThrow('shed: expected true or false, got 1')
  })
})
