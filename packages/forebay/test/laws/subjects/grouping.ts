import { batchBy, batchWeighted } from '../../../src/flow/operators/batch-by.ts'
import { countUntilChanged } from '../../../src/flow/operators/count-until-changed.ts'
import { pairwise, sliding } from '../../../src/flow/operators/sliding.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

/** Scala's `sliding`, or only its full windows. */
function windows(items: readonly number[], size: number, step: number, partial = true): number[][] {
  const result: number[][] = []
  let seen = 0
  for (let at = 0; seen < items.length; at += step) {
    const window = items.slice(at, at + size)
    if (window.length === 0 || (window.length < size && !partial)) break
    result.push(window)
    seen = at + Math.max(size, step)
  }
  return result
}

function runs(items: readonly number[], keyOf: (n: number) => number, max = Infinity): number[][] {
  const result: number[][] = []
  for (const n of items) {
    const last = result.at(-1)
    if (last !== undefined && last.length < max && keyOf(last[0] as number) === keyOf(n)) last.push(n)
    else result.push([n])
  }
  return result
}

/** At most 10 together and 3 in one; every fifth item is heavier than that, every seventh weighs nothing. */
const weightOf = (n: number): number => (n % 5 === 0 ? 12 : n % 7 === 0 ? 0 : n % 4)

function weighed(items: readonly number[]): number[][] {
  const result: number[][] = []
  let sum = 0
  for (const n of items) {
    const last = result.at(-1)
    const isFull = last === undefined || last.length === 3 || sum >= 10 || sum + weightOf(n) > 10
    sum = isFull ? weightOf(n) : sum + weightOf(n)
    if (isFull) result.push([n])
    else last.push(n)
  }
  return result
}

/** Several items as one: windows that slide, and batches that end where a key changes or a weight is reached. */
export const grouping: readonly OperatorSubject[] = [
  {
    name: 'sliding',
    operator: (flow) => flow.via(sliding(3)),
    model: (items) => windows(items, 3, 1),
    failed: (items) => ({ items: windows(items, 3, 1, false), ends: 'failed' }),
    from: (window) => window,
    card: {
      of: 'sliding',
      emits: [
        {
          data: '-1-2-3-4|',
          values: { A: [1, 2, 3], B: [2, 3, 4] },
          out: '-----A-B|',
        },
        {
          op: (flow) => flow.via(sliding(2, { step: 3 })),
          data: '-1-2-3-4|',
          values: { A: [1, 2], B: [4] },
          out: '---A----(B|)',
        },
        {
          op: (flow) => flow.via(sliding(2, { step: 3, partial: false })),
          data: '-1-2-3-4|',
          values: { A: [1, 2] },
          out: '---A----|',
        },
      ],
    },
  },
  {
    name: 'sliding by 2 of 3',
    operator: (flow) => flow.via(sliding(3, { step: 2 })),
    model: (items) => windows(items, 3, 2),
    failed: (items) => ({ items: windows(items, 3, 2, false), ends: 'failed' }),
    from: (window) => window,
  },
  {
    name: 'sliding by 4 of 2',
    operator: (flow) => flow.via(sliding(2, { step: 4 })),
    model: (items) => windows(items, 2, 4),
    failed: (items) => ({ items: windows(items, 2, 4, false), ends: 'failed' }),
    from: (window) => window,
  },
  {
    name: 'pairwise',
    operator: (flow) => flow.via(pairwise()),
    model: (items) => windows(items, 2, 1, false),
    from: (pair) => pair,
    card: {
      of: 'pairwise',
      emits: { data: '-1-2-3|', values: { A: [1, 2], B: [2, 3] }, out: '---A-B|' },
    },
  },
  {
    name: 'batchBy',
    operator: (flow) => flow.via(batchBy((n) => n >> 2, { items: 3 })),
    model: (items) => runs(items, (n) => n >> 2, 3),
    from: (batch) => batch,
    card: {
      of: 'batchBy',
      emits: {
        op: (flow) => flow.via(batchBy((n) => n, { items: 2 })),
        data: '-1-1-1-2|',
        demand: '2-----------1',
        values: { A: [1, 1], B: [1], C: [2] },
        out: '---A---B----(C|)',
      },
    },
  },
  {
    name: 'batchBy, one by one',
    operator: (flow) => flow.via(batchBy((n) => n >> 1, { items: 1 })),
    model: (items) => items.map((n) => [n]),
    from: (batch) => batch,
  },
  {
    name: 'batchWeighted',
    operator: (flow) => flow.via(batchWeighted(weightOf, { weight: 10, items: 3 })),
    model: weighed,
    from: (batch) => batch,
    card: {
      of: 'batchWeighted',
      emits: [
        {
          op: (flow) => flow.via(batchWeighted((n) => n, { weight: 5, items: 9 })),
          data: '-3-1-4-5|',
          demand: '2-----------1',
          values: { A: [3, 1], B: [4], C: [5] },
          out: '-----A-B----(C|)',
        },
        {
          op: (flow) => flow.via(batchWeighted((n) => n, { weight: 5, items: 9, within: 4 })),
          data: '-1-1-----5-2-|',
          values: { A: [1, 1], B: [5], C: [2] },
          out: '-----A---B---(C|)',
        },
      ],
    },
  },
  {
    name: 'countUntilChanged',
    operator: (flow) => flow.via(countUntilChanged((n) => n >> 2)),
    model: (items) => runs(items, (n) => n >> 2).map((run) => [run[0], run.length]),
    from: ([n]: [number]) => [n],
    card: {
      of: 'countUntilChanged',
      emits: {
        data: '-5-5-3|',
        op: (flow) => flow.via(countUntilChanged()),
        demand: '1--------1',
        values: { A: [5, 2], B: [3, 1] },
        out: '-----A---(B|)',
      },
    },
  },
]
