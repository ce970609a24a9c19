import { describe, expect, test, vi } from 'vitest'
import type { Context, Lease } from '../context.ts'
import type { Stateless } from '../fuse.ts'
import type { Step } from '../operator.ts'
import type { Port, Pull, TailCode } from '../receiver.ts'
import { compileLoop, compileStep, type RunOfOperators } from './compile.ts'
import { generate } from './generate.ts'
import { HotCode } from './hot-code.ts'

const op = (kind: Stateless['kind'], fn: (value: any) => unknown): Stateless => ({ kind, name: kind, fn }) as Stateless
const plus = op('map', (n: number) => n + 1)
const even = op('filter', (n: number) => n % 2 === 0)

/** A run of operators in front of a step that notes what it gets. */
function running(operators: readonly Stateless[], tail?: TailCode) {
  const seen: [unknown, Context | undefined][] = []
  const next: Step = (value, context) => void seen.push([value, context])
  const run: RunOfOperators = { part: 0, operators, next, tail }
  return { run, seen }
}

describe('code for operators', () => {
  test('does what they do, one behind the other, with the context of the item', () => {
    const noted: number[] = []
    const { run, seen } = running([plus, even, op('tap', (n: number) => noted.push(n))])
    const step = compileStep(run, new HotCode())
    const context = { key: 'a' }
    step?.(1, context)
    step?.(2, context)
    step?.(3, undefined)

    expect(seen).toEqual([
      [2, context],
      [4, undefined],
    ])
    expect(noted).toEqual([2, 4])
  })

  test('ends the account of what a filter leaves out, if it has one', () => {
    const { run, seen } = running([even])
    const step = compileStep(run, new HotCode())
    const lease = { settle: vi.fn<Lease['settle']>(), split: vi.fn<Lease['split']>() }
    step?.(1, { lease })
    step?.(1, undefined)
    step?.(2, { lease })

    expect(lease.settle.mock.calls.map(([outcome]) => outcome)).toEqual(['filtered'])
    expect(seen).toHaveLength(1)
  })

  test('runs the tail in the place of the next step, and writes its state back after each item', () => {
    const box = { total: 1 }
    const { run, seen } = running([plus], { body: 'state+=v', scope: { box }, state: 'box.total' })
    const step = compileStep(run, new HotCode())
    step?.(2, undefined)
    expect(box.total).toBe(4)
    step?.(10, undefined)

    expect([box.total, seen]).toEqual([15, []])
    const bare = running([], { body: 'state+=v', scope: { box }, state: 'box.total' })
    compileStep(bare.run, new HotCode())?.(5, undefined)
    expect(box.total).toBe(20)
  })

  test('is none where there is nothing to put into it', () => {
    expect(compileStep(running([]).run, new HotCode())).toBeUndefined()
  })
})

describe('code for the loop of a source', () => {
  interface Source extends Pull {
    at: number
    readonly items: readonly number[]
  }

  function looping(items: readonly number[], operators: readonly Stateless[], tail?: TailCode) {
    const code = { more: 'at<limit', item: 'items[i]', context: 'undefined', scope: { items, limit: items.length } }
    const pull = { at: 0, items, code } as unknown as Source
    const port = { n: 100 }
    const { run, seen } = running(operators, tail)
    const generated = compileLoop(run, new HotCode(), pull, port as unknown as Port)
    return { pull, port, seen, generated, values: () => seen.map(([value]) => value) }
  }

  test('hands over as many as it may, and counts each before it hands it over', () => {
    const at: number[] = []
    const { pull, generated, values } = looping([1, 2, 3, 4, 5], [op('tap', () => at.push(pull.at)), plus])
    generated?.(2)
    expect([values(), pull.at]).toEqual([[2, 3], 2])
    generated?.(10)

    expect([values(), at]).toEqual([
      [2, 3, 4, 5, 6],
      [1, 2, 3, 4, 5],
    ])
  })

  test('stops without credit, whoever takes it', () => {
    const { port, generated, values } = looping([1, 2, 3], [op('tap', (n) => n === 2 && (port.n = 0))])
    generated?.(10)

    expect(values()).toEqual([1, 2])
  })

  test('goes on behind what a filter leaves out', () => {
    const { generated, values } = looping([1, 2, 3, 4], [even])
    generated?.(10)

    expect(values()).toEqual([2, 4])
  })

  test('keeps the state of a tail for a burst, and writes it back also when an operator throws', () => {
    const box = { total: 0 }
    const tail: TailCode = { body: 'state+=v', scope: { box }, state: 'box.total' }
    const failing = op('tap', (n) => {
      if (n === 3) throw new Error('three')
    })
    const { pull, generated } = looping([1, 2, 3, 4], [failing], tail)
    expect(() => generated?.(10)).toThrow('three')

    expect([box.total, pull.at]).toEqual([3, 3])
  })

  test('is none where the source has none in text', () => {
    const { run } = running([plus])

    expect(compileLoop(run, new HotCode(), {} as Pull, {} as Port)).toBeUndefined()
  })
})

describe('what is kept of generated code', () => {
  test('is one for the same text and place of a part, and another for any other', () => {
    const hot = new HotCode()
    const made = generate(hot, 0, { a: 1 }, 'return a+left')

    expect(made?.({ a: 1 }, 2)).toBe(3)
    expect(generate(hot, 0, { a: 5 }, 'return a+left')).toBe(made)
    expect(generate(hot, 1, { a: 1 }, 'return a+left')).not.toBe(made)
    expect(generate(hot, 0, { a: 1 }, 'return a-left')).not.toBe(made)
    expect(generate(new HotCode(), 0, { a: 1 }, 'return a+left')).not.toBe(made)
  })

  test('is known of the functions of a program, in their order', () => {
    const [a, b] = [() => 1, () => 2]

    expect(HotCode.of([a, b])).toBe(HotCode.of([a, 'text', undefined, b]))
    expect(HotCode.of([a, b])).not.toBe(HotCode.of([b, a]))
    expect(HotCode.of([a, b])).not.toBe(HotCode.of([a]))
  })

  test('is nothing where there are no functions: segments share nothing then', () => {
    expect(HotCode.of([])).not.toBe(HotCode.of([]))
    expect(HotCode.of(['text'])).not.toBe(HotCode.of(['text']))
  })
})
