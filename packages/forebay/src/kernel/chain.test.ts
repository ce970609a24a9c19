import { describe, expect, test, vi } from 'vitest'
import { SegmentRig } from '../../test/support/segment-rig.ts'
import type { Lease } from './context.ts'
import { operator, type Down, type Operator, type OperatorLogic } from './operator.ts'

const map = (name: string, fn: (value: any) => unknown): Operator => ({ kind: 'map', name, fn }) as Operator
const filter = (name: string, fn: (value: any) => unknown): Operator => ({ kind: 'filter', name, fn }) as Operator
const tap = (name: string, fn: (value: any) => unknown): Operator => ({ kind: 'tap', name, fn }) as Operator
const stateful = (
  name: string,
  logic: (down: Down<any>) => Partial<OperatorLogic<any>>,
  cardinality: 'one' | 'many' = 'one',
): Operator =>
  operator<any, any>(name, { cardinality, bound: 8 }, (down) => ({
    push: (value, context) => down.push(value, context),
    ...logic(down),
  }))
const plain = (name: string): Operator => stateful(name, () => ({}))
const leased = () => ({ settle: vi.fn<Lease['settle']>(), split: vi.fn<Lease['split']>() })

describe('operators in a chain', () => {
  test.each([Infinity, 0, 2])(
    'do what they do one behind the other, with code generated after %s items',
    (hotAfter) => {
      const seen: unknown[] = []
      const r = new SegmentRig(
        [
          map('plus', (n: number) => n + 1),
          filter('even', (n: number) => n % 2 === 0),
          plain('a'),
          tap('note', (n) => seen.push(n)),
          map('times', (n: number) => n * 10),
          plain('b'),
        ],
        { hotAfter },
      )
      r.give(1, 2, 3, 4, 5)
      r.segment.request(9)
      r.give(7, 8)
      r.finish()

      expect(r.received).toEqual([20, 40, 60, 80, 'done'])
      expect(seen).toEqual([2, 4, 6, 8])
      expect(r.segment.spent()).toBe(4)
    },
  )

  test('that hold something are emptied from the last to the first', () => {
    const order: string[] = []
    const holding = (name: string): Operator => stateful(name, () => ({ pull: () => void order.push(name) }), 'many')
    const r = new SegmentRig([holding('first'), plain('between'), holding('last')])
    r.segment.request(1)

    expect(order).toEqual(['last', 'first'])
  })

  test('hand an end on to the next that wants to know, and a failure as well', () => {
    const told: string[] = []
    const hearing = (name: string): Operator =>
      stateful(name, (down) => ({
        complete: () => {
          told.push(name)
          down.complete()
        },
        fail: (error) => {
          told.push(`${name} ${String(error)}`)
          down.fail(error)
        },
      }))
    const made = (): Operator[] => [plain('x'), hearing('a'), map('m', (n) => n), plain('y'), hearing('b')]
    new SegmentRig(made()).finish()
    new SegmentRig(made()).finish({ error: 'broken' })

    expect(told).toEqual(['a', 'b', 'a broken', 'b broken'])
  })

  test('tell what they throw to the first below that wants to know', () => {
    const told: string[] = []
    const hearing = (name: string): Operator =>
      stateful(name, (down) => ({
        fail: (error) => {
          told.push(name)
          down.fail(error)
        },
      }))
    const throwing = map('throw', () => {
      throw new Error('broken')
    })
    const run = (...operators: Operator[]): string[] => {
      told.length = 0
      const r = new SegmentRig(operators)
      r.give(1)
      r.segment.request(1)
      return [...told, String(r.received)]
    }

    expect(run(hearing('a'), throwing, plain('x'), hearing('b'), hearing('c'))).toEqual([
      'b',
      'c',
      'failed Error: broken',
    ])
    expect(run(throwing, hearing('a'))).toEqual(['a', 'failed Error: broken'])
    expect(run(hearing('a'), plain('x'), throwing)).toEqual(['failed Error: broken'])
  })

  test('hold what all of them hold together', () => {
    const holding = (items: number): Operator => stateful('hold', () => ({ held: () => items }), 'many')

    expect(new SegmentRig([holding(2), plain('x'), holding(3)]).stage.inspect().inFlight).toBe(5)
  })
})

describe('the item in which an operator throws', () => {
  const throwing = map('throw', (n) => {
    if (n === 'bad') throw new Error('broken')
    return n
  })

  test('ends with the context that its source gave it', () => {
    const lease = leased()
    const r = new SegmentRig([throwing])
    r.pull.items.push(['bad', { lease }])
    r.segment.request(1)

    expect(lease.settle.mock.calls.map(([outcome]) => outcome)).toEqual(['failed'])
  })

  test('ends with the context that the run gave it, where sources have records', () => {
    const leases: ReturnType<typeof leased>[] = []
    const enter = (): { lease: Lease } => {
      const lease = leased()
      leases.push(lease)
      return { lease }
    }
    const r = new SegmentRig([throwing], { enter })
    r.give('good', 'bad')
    r.segment.request(2)

    expect(r.received).toEqual(['good', 'failed Error: broken'])
    expect(leases.map(({ settle }) => settle.mock.calls.length)).toEqual([0, 1])
  })

  test('ends with the context of what was handed on, where an operator had made something else of it', () => {
    const [source, made] = [leased(), leased()]
    const making = stateful('make', (down) => ({ push: (value) => down.push(value, { lease: made }) }))
    const r = new SegmentRig([making, throwing])
    r.pull.items.push(['bad', { lease: source }])
    r.segment.request(1)

    expect([source.settle.mock.calls.length, made.settle.mock.calls.length, r.stage.failed]).toEqual([0, 1, 1])
  })

  test('is still the operator’s own when that throws before it hands anything on', () => {
    const source = leased()
    const failing = stateful('fail', () => ({
      push: () => {
        throw new Error('broken')
      },
    }))
    const r = new SegmentRig([failing])
    r.pull.items.push([1, { lease: source }])
    r.segment.request(1)

    expect([source.settle.mock.calls.length, r.stage.failed]).toEqual([1, 1])
  })
})

describe('an item that is timed', () => {
  const taking = (r: () => SegmentRig, ms: number) => (value: unknown) => {
    r().clock.advanceSync(ms)
    return value
  }

  /** Shares of the operators after so many items with some time between them. */
  function shares(make: (r: () => SegmentRig) => Operator[], items: number, hotAfter?: number): string[] {
    let r: SegmentRig | undefined = undefined
    r = new SegmentRig(
      make(() => r as SegmentRig),
      hotAfter === undefined ? {} : { hotAfter },
    )
    r.segment.request(items)
    for (let n = 0; n < items; n++) {
      r.clock.advanceSync(2)
      r.give(n)
    }
    expect(r.received).toHaveLength(items)
    return r.stage.inspect().operators.map(({ name, share }) => `${name} ${share.toFixed(2)}`)
  }

  test.each([Infinity, 0])('tells how much each operator takes, with code generated after %s items', (hotAfter) => {
    expect(
      shares(
        (r) => [
          map('quick', taking(r, 1)),
          map('slow', taking(r, 4)),
          stateful('own', (down) => ({
            push: (value, context) => {
              r().clock.advanceSync(2)
              down.push(value, context)
              r().clock.advanceSync(1)
            },
          })),
          tap('last', taking(r, 2)),
        ],
        3,
        hotAfter,
      ),
    ).toEqual(['quick 0.10', 'slow 0.40', 'own 0.30', 'last 0.20'])
  })

  test('is one at most in a millisecond, and none where there is one operator alone', () => {
    const two = new SegmentRig([map('a', (n) => n), map('b', (n) => n)])
    two.clock.advanceSync(5)
    two.segment.request(9)
    two.give(1, 2, 3)
    expect(two.pull.looks.map(([, isTiming]) => isTiming)).toEqual([true, false, false])
    two.clock.advanceSync(0.5)
    two.give(4)
    expect(two.pull.looks.at(-1)?.[1]).toBe(false)
    two.clock.advanceSync(0.5)
    two.give(5)
    expect(two.pull.looks.at(-1)).toEqual([1, true])

    const one = new SegmentRig([map('a', (n) => n)])
    one.clock.advanceSync(5)
    one.segment.request(9)
    one.give(1)
    expect(one.pull.looks.map(([, isTiming]) => isTiming)).toEqual([false])
    const unaccounted = new SegmentRig([map('a', (n) => n), map('b', (n) => n)], { accounting: false })
    unaccounted.clock.advanceSync(5)
    unaccounted.segment.request(9)
    unaccounted.give(1)
    expect(unaccounted.pull.looks.map(([, isTiming]) => isTiming)).toEqual([false])
  })

  test('that throws fails like any other, and is the last one that is timed', () => {
    const r = new SegmentRig([
      map('a', (n) => n),
      map('b', () => {
        throw new Error('broken')
      }),
    ])
    r.clock.advanceSync(5)
    r.segment.request(9)
    r.give(1)

    expect([r.received, r.stage.failed, r.segment.isTiming]).toEqual([['failed Error: broken'], 1, false])
  })
})

describe('code for a chain', () => {
  const code = { more: 'true', item: '1', context: 'undefined' }
  /** Another function each time: what is known of one is known of all that have it. */
  const made = (): Operator => map('made', (n) => n)
  const run = (operators: Operator[], hotAfter: number, more: object = {}): SegmentRig => {
    const r = new SegmentRig(operators, { hotAfter, code, ...more })
    r.segment.request(1_000_000)
    return r
  }
  const give = (r: SegmentRig, items: number): string => {
    r.give(...Array.from({ length: items }, (_, n) => n))
    return typeof r.pull.generated
  }

  test('is generated with the loop of its source, once it has handled so many items', () => {
    expect(typeof run([made()], 0).pull.generated).toBe('function')
    const r = run([made()], 3)
    expect([give(r, 2), give(r, 1)]).toEqual(['undefined', 'function'])
    const { generated } = r.pull
    give(r, 5)
    expect(r.pull.generated).toBe(generated)
  })

  test('is looked for each thousand items where it takes many', () => {
    const r = run([made()], 2000)

    expect([give(r, 1500), give(r, 500), give(r, 100)]).toEqual(['undefined', 'undefined', 'function'])
  })

  test('is that of all chains over the same functions together', () => {
    const [shared, other] = [made(), made()]
    const [first, second, third] = [run([shared], 2000), run([shared, other], 2000), run([shared], 2000)]

    expect([give(first, 1024), give(second, 1024), give(third, 1024)]).toEqual(['undefined', 'undefined', 'function'])
  })

  test('has no loop where the run gives each item a record, or the source has none in text, but a step', () => {
    for (const more of [{ enter: () => undefined }, { code: undefined }]) {
      const r = run([made()], 2, more)
      const { step } = r.segment
      expect(give(r, 1)).toBe('undefined')
      expect(r.segment.step).toBe(step)
      expect(give(r, 1)).toBe('undefined')
      expect(r.segment.step).not.toBe(step)
      expect([give(r, 2), r.received]).toEqual(['undefined', [0, 0, 0, 1]])
    }
  })

  test('is not generated where there is nothing to put into it, nor for a first operator that keeps state', () => {
    expect(give(run([], 0), 1)).toBe('undefined')
    const r = run([plain('first'), made(), plain('last')], 0)
    expect([give(r, 2), r.received]).toEqual(['undefined', [0, 1]])
  })
})
