import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Run } from '../kernel/run.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import type { Flow } from './flow.ts'
import { Program } from './program.ts'
import { reduceSink } from './sinks/reduce.ts'
import { flow } from './sources.ts'

const AT_ONCE = 0
const tiers = [false, AT_ONCE, 3] as const

/** A flow with its numbers added up, as a program: its runs can be looked at. */
function summed(numbers: Flow<number>): Program<number> {
  const add = (total: number, n: number): number => total + n
  const sink = reduceSink(
    numbers.node,
    'sum',
    () => 0,
    add,
    (total) => total,
  )
  return new Program<number>([sink])
}

describe('a hot segment', () => {
  it.each(tiers)('shows a picture that balances from inside a callback, codegen %s', async (codegen) => {
    const clock = new VirtualClock()
    clock.readMs = 0.3
    const seen: object[] = []
    const look = (n: number): number => {
      if (run === undefined || n % 100 > 0) return n
      const { ledger, balanced } = run.inspect()
      seen.push({ n, balanced, in: ledger.in, out: ledger.out, inFlight: ledger.inFlight })
      return n
    }
    let run: Run<number> | undefined = undefined as Run<number> | undefined
    run = summed(flow.range(1, 1000).map(look)).run({ codegen, clock })

    while (clock.step());

    expect(await run.done).toBe(500_500)
    expect(seen).toEqual(
      Array.from({ length: 10 }, (_, index) => {
        const n = index * 100 + 100
        return { n, balanced: true, in: n, out: n - 1, inFlight: 1 }
      }),
    )
  })

  it.each(tiers)('has counted everything when a callback throws, codegen %s', async (codegen) => {
    const run = summed(
      flow.range(1, 20).tap((n) => {
        if (n === 12) throw new Error('twelve')
      }),
    ).run({ codegen, clock: new VirtualClock() })

    await expect(run.done).rejects.toThrow('twelve')

    const { ledger, balanced } = run.inspect()
    expect(ledger).toMatchObject({ in: 12, out: 11, dropped: { failed: 1 }, inFlight: 0 })
    expect(balanced).toBe(true)
  })

  it.each(tiers)('times single items without losing what it has summed up, codegen %s', async (codegen) => {
    const clock = new VirtualClock()
    clock.readMs = 0.3
    const slow = (n: number): number => {
      for (let reading = 0; reading < 30; reading++) clock.now()
      return n + 1
    }
    const even = (n: number): boolean => n % 2 === 0
    const run = summed(flow.range(1, 1000).map(slow).filter(even)).run({ codegen, clock })

    while (clock.step());

    expect(await run.done).toBe(251_000 - 500)
    const [mapped = 0, filtered = 0, sum = 0] = run.inspect().stages[0]?.operators.map(({ share }) => share) ?? []
    expect(mapped).toBeGreaterThan(0.7)
    expect(filtered).toBeGreaterThan(0)
    expect(sum).toBeGreaterThan(0)
  })

  it('takes over in the middle of a run', async () => {
    let stack: string | undefined = ''
    const last = (n: number): void => {
      if (n === 5000) stack = new Error('here').stack
    }
    await summed(flow.range(1, 5000).tap(last)).run({ codegen: 3, clock: new VirtualClock() }).done

    expect(stack).toContain('generated')
  })

  it.each(tiers)('lets others have their turn, codegen %s', async (codegen) => {
    const clock = new VirtualClock()
    clock.readMs = 1
    let turns = 0
    clock.after(1, () => turns++)
    const sum = summed(flow.range(1, 100_000).map((n) => n - turns * n)).run({ codegen, clock }).done

    while (clock.step());

    expect(turns).toBe(1)
    expect(await sum).toBeLessThan(100_000)
  })

  it.each(tiers)('takes an array as it is at each item, codegen %s', async (codegen) => {
    const growing = [1, 2, 3, 4]
    const shrinking = Array.from({ length: 50 }, (_, index) => index)

    const grown = await flow(growing)
      .tap((n) => {
        if (n < 40) growing.push(n + 4)
      })
      .reduce((total, n) => total + n, 0, { codegen })
    const shrunk = await flow(shrinking)
      .tap(() => void shrinking.pop())
      .reduce((count) => count + 1, 0, { codegen })

    expect(growing).toHaveLength(43)
    expect(grown).toBe((43 * 44) / 2)
    expect(shrunk).toBe(25)
  })

  it.each(tiers)('keeps what stands between stateful operators apart, codegen %s', async (codegen) => {
    const twice = flow
      .range(1, 6)
      .map((n) => n * 10)
      .scan((total, n) => total + n, 0)
      .map((n) => n + 1)
      .scan((total, n) => total + n, 0)
      .map((n) => -n)

    const seen = await twice.reduce<number[]>((list, n) => [...list, n], [], { codegen })
    expect(seen).toEqual([-11, -42, -103, -204, -355, -566])
  })
})

describe('code', () => {
  let made = 0
  let isForbidden = false

  beforeEach(() => {
    made = 0
    isForbidden = false
    vi.resetModules()
    const Real = Function
    vi.stubGlobal('Function', function (...texts: string[]) {
      made++
      if (isForbidden) throw new EvalError('code generation from strings disallowed for this context')
      return Real(...texts)
    })
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    // Files that come later in this process would get a library that may generate nothing.
    vi.resetModules()
  })

  /** A copy of the library that has generated nothing yet. */
  async function fresh(): Promise<typeof flow> {
    return (await import('./sources.ts')).flow
  }

  // On a clock that stands still: a slow machine reads its clock, and counts, in smaller portions.
  const sumOf = async (source: typeof flow, codegen: boolean | number, items = 2000): Promise<number> =>
    source.range(1, items).map(half).reduce(plus, 0, { codegen, clock: new VirtualClock() })
  const half = (n: number): number => n / 2
  const plus = (total: number, n: number): number => total + n

  it('is not generated with codegen: false', async () => {
    expect(await sumOf(await fresh(), false, 300_000)).toBe((300_000 * 300_001) / 4)
    expect(made).toBe(0)
  })

  it('is generated once for all runs over the same functions, and anew for others', async () => {
    const source = await fresh()

    for (let round = 0; round < 3; round++) expect(await sumOf(source, AT_ONCE)).toBe((2000 * 2001) / 4)
    expect(made).toBe(1)
    await source
      .range(1, 10)
      .map((n) => n)
      .reduce(plus, 0, { codegen: AT_ONCE })
    expect(made).toBe(2)
    await source([1, 2]).map(half).reduce(plus, 0, { codegen: AT_ONCE })
    expect(made).toBe(3)
  })

  it('is not shared by two parts of a segment that look alike', async () => {
    const source = await fresh()

    await source(new Set([1, 2]))
      .map(half)
      .scan(plus, 0)
      .map(half)
      .scan(plus, 0)
      .reduce(plus, 0, { codegen: AT_ONCE })

    expect(made).toBe(2)
  })

  it('is generated when runs over the same functions are hot together', async () => {
    const source = await fresh()
    for (let round = 0; round < 3; round++) await sumOf(source, 7000)
    expect(made).toBe(0)

    expect(await sumOf(source, 7000)).toBe((2000 * 2001) / 4)
    expect(made).toBe(1)
  })

  it('is asked for once where a policy forbids it, and done without', async () => {
    isForbidden = true
    const source = await fresh()

    expect(await sumOf(source, AT_ONCE)).toBe((2000 * 2001) / 4)
    expect(
      await source
        .range(1, 4)
        .map((n) => -n)
        .reduce(plus, 0, { codegen: AT_ONCE }),
    ).toBe(-10)
    expect(made).toBe(1)
  })
})
