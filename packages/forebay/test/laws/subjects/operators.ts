import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const identity = (result: number): number[] => [result]

/** Synchronous operators. */
export const operators: readonly OperatorSubject[] = [
  {
    name: 'map',
    operator: (flow) => flow.map((n) => n * 2),
    model: (items) => items.map((n) => n * 2),
    from: (n) => [n / 2],
  },
  {
    name: 'filter',
    operator: (flow) => flow.filter((n) => n % 3 === 1),
    model: (items) => items.filter((n) => n % 3 === 1),
    from: identity,
  },
  { name: 'filter that keeps nothing', operator: (flow) => flow.filter(() => false), model: () => [] },
  { name: 'tap', operator: (flow) => flow.tap(() => {}), model: (items) => items, from: identity },
  {
    name: 'map · filter · map',
    operator: (flow) =>
      flow
        .map((n) => n + 1)
        .filter((n) => n % 2)
        .map((n) => n - 1),
    model: (items) => items.filter((n) => n % 2 === 0),
    from: identity,
  },
  {
    name: 'take',
    operator: (flow) => flow.take(3),
    model: (items) => items.slice(0, 3),
    failed: (items) => ({ items: items.slice(0, 3), ends: items.length < 3 ? 'failed' : 'completed' }),
    from: identity,
  },
  { name: 'take none', operator: (flow) => flow.take(0), model: () => [], endNeedsDemand: true },
  {
    name: 'scan',
    operator: (flow) => flow.scan((sum, n) => sum + n, 0),
    model: (items) => {
      let sum = 0
      return items.map((n) => (sum += n))
    },
  },
  {
    name: 'flatMap',
    operator: (flow) => flow.flatMap((n) => Array.from({ length: n % 4 }, (_, index) => n * 10 + index)),
    model: (items) => items.flatMap((n) => Array.from({ length: n % 4 }, (_, index) => n * 10 + index)),
    from: (result) => [Math.floor(result / 10)],
  },
  {
    name: 'batch by number',
    operator: (flow) => flow.batch(3),
    model: (items) => cut(items, 3),
    from: (batch) => batch,
  },
  {
    name: 'batch by bytes',
    operator: (flow) => flow.batch({ items: 10, bytes: 20, sizeOf: () => 8 }),
    model: (items) => cut(items, 3),
    from: (batch) => batch,
  },
  {
    name: 'batch by time',
    operator: (flow) => flow.batch({ items: 4, within: 50 }),
    model: (items) => [items],
    view: (batches: readonly number[][]) => batches.flat(),
    from: (batch) => batch,
  },
  {
    name: 'filter · batch · flatMap · batch · take',
    operator: (flow) =>
      flow
        .filter((n) => n % 5)
        .batch(2)
        .flatMap((pair) => [...pair, ...pair])
        .batch(3)
        .take(4),
    model: composite,
    // What the operators above `take` hold when it has enough is given back.
    loses: ['cancelled'],
    failed: (items) => ({ items: composite(items), ends: composite(items).length < 4 ? 'failed' : 'completed' }),
  },
]

function composite(items: readonly number[]): number[][] {
  const pairs = cut(
    items.filter((n) => n % 5),
    2,
  )
  return cut(
    pairs.flatMap((pair) => [...pair, ...pair]),
    3,
  ).slice(0, 4)
}

function cut(items: readonly number[], size: number): number[][] {
  const batches: number[][] = []
  for (let at = 0; at < items.length; at += size) batches.push(items.slice(at, at + size))
  return batches
}
