import { describe, expect, it } from 'vitest'
import type { Run } from '../kernel/run.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import type { Flow } from './flow.ts'
import { merge } from './merge.ts'
import { sliding } from './operators/sliding.ts'
import { Program } from './program.ts'
import { reduceSink } from './sinks/reduce.ts'
import { flow } from './sources.ts'

const tiers = [false, 0] as const

/** A flow folded by `look`, as a program: its runs can be looked at. */
function counted(items: Flow<any>, look: (item: any) => void = () => {}): Program<number> {
  const fold = (count: number, item: unknown): number => {
    look(item)
    return count + 1
  }
  const sink = reduceSink(
    items.node,
    'count',
    () => 0,
    fold,
    (count) => count,
  )
  return new Program<number>([sink])
}

const account = (run: Run<unknown>): object => {
  const { balanced, ledger } = run.inspect()
  return { balanced, in: ledger.in, out: ledger.out, inFlight: ledger.inFlight, dropped: ledger.dropped }
}

const over = (items: number): object => ({ balanced: true, in: items, out: items, inFlight: 0, dropped: {} })

describe('records that nothing is known of but their number', () => {
  const flows: Record<string, () => Flow<any>> = {
    'batches in a buffer': () => flow.range(1, 1000).batch(7).buffer(4),
    pairs: () => flow.range(1, 1000).batch(4).buffer(2).zip(flow.range(1, 250)),
    'pairs of two ranges': () => flow.range(1, 625).zip(flow.range(1, 625)),
    'three in step': () =>
      flow.range(1, 500).zip(
        flow.range(1, 500),
        flow.range(1, 250).flatMap((n) => [n, n]),
      ),
    'items that are several afterwards': () =>
      flow
        .range(1, 1250)
        .batch(3)
        .buffer(2)
        .flatMap((batch) => batch),
    'batches of batches': () => flow.range(1, 1250).batch(3).buffer(2).batch(5),
    'an operator that splits leases without asking': () => flow.range(1, 1250).batch(2).buffer(2).via(sliding(3)),
  }

  it.each(Object.entries(flows))('are counted to the last one: %s', async (name, make) => {
    for (const codegen of tiers) {
      const run = counted(make()).run({ codegen, clock: new VirtualClock() })
      await run.done
      expect(account(run)).toEqual({ ...over(1250), ...(name === 'batches in a buffer' && over(1000)) })
    }
  })

  it.each(tiers)('are in flight while their batch is, codegen %s', async (codegen) => {
    const seen: object[] = []
    let run: Run<number> | undefined = undefined as Run<number> | undefined
    const look = (batch: number[]): void => {
      if (run !== undefined) seen.push({ first: batch[0], ...account(run) })
    }
    const clock = new VirtualClock()
    clock.readMs = 0.3
    run = counted(flow.range(1, 600).batch(2).buffer(1), look).run({ codegen, clock })
    while (clock.step());
    await run.done
    expect(seen.length).toBeGreaterThan(0)
    for (const picture of seen) expect(picture).toMatchObject({ balanced: true })
    expect(account(run)).toEqual(over(600))
  })

  it('are lost together when the work on their batch fails', async () => {
    const run = counted(flow.range(1, 20).batch(4).buffer(2), (batch) => {
      if (batch[0] === 9) throw new Error('nine')
    }).run({ clock: new VirtualClock() })

    await expect(run.done).rejects.toThrow('nine')

    const { balanced, ledger } = run.inspect()
    expect(balanced).toBe(true)
    expect(ledger).toMatchObject({ out: 8, inFlight: 0 })
    expect(ledger.dropped['failed']).toBe(4)
    expect(ledger.in).toBe(8 + Object.values(ledger.dropped).reduce((sum, count) => sum + count, 0))
  })
})

describe('a junction whose inputs hold many items', () => {
  it.each(tiers)('hands on the same in the same order, codegen %s', async (codegen) => {
    const merged: number[] = []
    const inputs = [flow.range(1, 300), flow.range(1001, 1300).map((n) => n)]
    await counted(merge(inputs, { prefetch: 32 }), (n) => merged.push(n)).run({ codegen, clock: new VirtualClock() })
      .done
    const half = (from: number): number[] => Array.from({ length: 32 }, (_, index) => from + index)
    expect(merged.slice(0, 128)).toEqual([...half(1), ...half(1001), ...half(33), ...half(1033)])
    expect(new Set(merged).size).toBe(600)

    const pairs: [number, number][] = []
    const zipped = flow.range(1, 300).zip(flow.range(1001, 1500).map((n) => n))
    await counted(zipped, (pair) => pairs.push(pair)).run({ codegen, clock: new VirtualClock() }).done
    expect(pairs).toEqual(Array.from({ length: 300 }, (_, index) => [index + 1, index + 1001]))
  })

  it.each(tiers)('counts what it has handed on when a callback throws, codegen %s', async (codegen) => {
    const inputs = [flow.range(1, 100), flow.range(1001, 1100)]
    const run = counted(merge(inputs, { prefetch: 64 }), (n) => {
      if (n === 1010) throw new Error('ten')
    }).run({ codegen, clock: new VirtualClock() })

    await expect(run.done).rejects.toThrow('ten')

    const { balanced, ledger } = run.inspect()
    expect(balanced).toBe(true)
    expect(ledger).toMatchObject({ out: 73, inFlight: 0, dropped: { failed: 1 } })
    expect(ledger.in).toBe(73 + Object.values(ledger.dropped).reduce((sum, count) => sum + count, 0))
  })

  it.each(tiers)('shows a picture that balances from inside a callback, codegen %s', async (codegen) => {
    const pictures: object[] = []
    let run: Run<number> | undefined = undefined as Run<number> | undefined
    const look = (): void => {
      if (run !== undefined) pictures.push(account(run))
    }
    const inputs = [flow.range(1, 50), flow.range(1001, 1050)]
    const clock = new VirtualClock()
    clock.readMs = 0.3
    run = counted(merge(inputs, { prefetch: 64 }), look).run({ codegen, clock })
    while (clock.step());
    await run.done
    expect(pictures.length).toBeGreaterThan(0)
    for (const picture of pictures) expect(picture).toMatchObject({ balanced: true })
    expect(account(run)).toEqual(over(100))
  })
})
