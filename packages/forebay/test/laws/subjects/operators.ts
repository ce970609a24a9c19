import { skipWhile } from '../../../src/flow/operators/skip.ts'
import { flow } from '../../../src/flow/sources.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const identity = (result: number): number[] => [result]

/** The everyday methods of a flow that take one item after the other, in the same turn. */
export const operators: readonly OperatorSubject[] = [
  {
    name: 'map',
    operator: (flow) => flow.map((n) => n * 2),
    model: (items) => items.map((n) => n * 2),
    from: (n) => [n / 2],
    card: {
      of: 'Flow.map',
      emits: { data: '-1-2-3-4|', demand: '1----2----1', out: '-2---(46)----(8|)', upstream: '1----2----1' },
    },
  },
  {
    name: 'filter',
    operator: (flow) => flow.filter((n) => n % 3 === 1),
    model: (items) => items.filter((n) => n % 3 === 1),
    from: identity,
    card: {
      of: 'Flow.filter',
      // An item that is not kept gives its credit back.
      emits: { data: '-1-2-3-4|', demand: '2', out: '-1-----4|', upstream: '2--1-1' },
    },
  },
  { name: 'filter that keeps nothing', operator: (flow) => flow.filter(() => false), model: () => [] },
  {
    name: 'tap',
    operator: (flow) => flow.tap(() => {}),
    model: (items) => items,
    from: identity,
    card: { of: 'Flow.tap', emits: { data: '-1-2-3|', demand: '1----2', out: '-1---(23)|' } },
  },
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
    card: {
      of: 'Flow.take',
      emits: { data: '-1-2-3-4|', out: '-1-2-(3|)' },
      completes: [
        { data: '-1-2-3-4|', demand: '2------1', out: '-1-2---(3|)' },
        { data: '-1-2|', out: '-1-2|' },
      ],
      cancels: [
        { data: '-1-2-3-4|', upstream: '*----!' },
        { data: '-1-2', demand: '*-!', upstream: '*-!', out: '-1' },
      ],
    },
  },
  {
    name: 'take none',
    operator: (flow) => flow.take(0),
    model: () => [],
    endNeedsDemand: true,
    failed: () => ({ items: [], ends: 'completed' }),
  },
  {
    name: 'scan',
    operator: (flow) => flow.scan((sum, n) => sum + n, 0),
    model: (items) => {
      let sum = 0
      return items.map((n) => (sum += n))
    },
    card: { of: 'Flow.scan', emits: { data: '-1-2-3|', out: '-1-3-6|' } },
  },
  {
    name: 'flatMap',
    operator: (flow) => flow.flatMap((n) => Array.from({ length: n % 4 }, (_, index) => n * 10 + index)),
    model: (items) => items.flatMap((n) => Array.from({ length: n % 4 }, (_, index) => n * 10 + index)),
    from: (result) => [Math.floor(result / 10)],
    card: {
      of: 'Flow.flatMap',
      emits: { op: (flow) => flow.flatMap(twice), data: '-1--2|', out: '-(11)--(22)|' },
      // What is left of an iterable is asked for before the next item is.
      backpressures: {
        op: (flow) => flow.flatMap(twice),
        data: '-12|',
        demand: '1--1--2',
        out: '-1-1--(22|)',
        upstream: '1-----2',
      },
      completes: { op: (flow) => flow.flatMap(twice), data: '-1|', demand: '1---1', out: '-1--(1|)' },
    },
  },
  {
    name: 'batch by number',
    operator: (flow) => flow.batch(3),
    model: (items) => cut(items, 3),
    from: (batch) => batch,
    card: {
      of: 'Flow.batch',
      emits: [
        { data: '-1-2-3-4|', values: { A: [1, 2, 3], B: [4] }, out: '-----A--(B|)' },
        {
          op: (flow) => flow.batch({ items: 3, within: 5 }),
          data: '-1-2------3|',
          values: { A: [1, 2], B: [3] },
          out: '------A----(B|)',
        },
      ],
      // A batch that is due waits for demand like any other item, and upstream waits with it.
      backpressures: [
        { data: '(1234)', demand: '', out: '', upstream: '' },
        {
          op: (flow) => flow.batch({ items: 2, within: 2 }),
          data: '(12345)',
          demand: '1---1',
          values: { A: [1, 2], B: [3, 4] },
          out: 'A---B',
          upstream: '2---2',
        },
      ],
      completes: { data: '-1-2|', values: { A: [1, 2] }, out: '----(A|)' },
    },
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
    name: 'takeWhile',
    operator: (flow) => flow.takeWhile((n) => n < 4),
    model: (items) => items.filter((n) => n < 4),
    failed: (items) => ({ items: items.filter((n) => n < 4), ends: items.length < 4 ? 'failed' : 'completed' }),
    from: identity,
    card: {
      of: 'Flow.takeWhile',
      emits: { data: '-1-2-7-3|', out: '-1-2-|' },
      completes: [
        { data: '-1-7', demand: '2', out: '-1-|' },
        { data: '-1|', out: '-1|' },
      ],
      cancels: [
        { data: '-1-7', upstream: '*--!' },
        { data: '-1', demand: '*-!', out: '-1', upstream: '*-!' },
      ],
    },
  },
  {
    name: 'takeWhile, inclusive',
    operator: (flow) => flow.takeWhile((n) => n < 4, { inclusive: true }),
    model: (items) => items.slice(0, 4),
    failed: (items) => ({ items: items.slice(0, 4), ends: items.length < 4 ? 'failed' : 'completed' }),
    from: identity,
  },
  {
    name: 'skip',
    operator: (flow) => flow.skip(3),
    model: (items) => items.slice(3),
    from: identity,
    card: { of: 'Flow.skip', emits: { data: '-1-2-3-4-5|', demand: '1', out: '-------4', upstream: '11-1-1' } },
  },
  {
    name: 'skipWhile',
    operator: (flow) => flow.via(skipWhile((n) => n < 3)),
    model: (items) => items.slice(2),
    from: identity,
    card: { of: 'skipWhile', emits: { data: '-1-2-3-1|', out: '-----3-1|' } },
  },
  {
    name: 'distinct',
    operator: (flow) => flow.distinct({ max: 3, by: (n) => n % 3 }),
    model: (items) => items.slice(0, 3),
    from: identity,
    card: {
      of: 'Flow.distinct',
      emits: [
        { op: (flow) => flow.distinct({ max: 9 }), data: '-1-2-1-3|', out: '-1-2---3|' },
        // What has been forgotten comes again: the longest unseen key of two.
        { op: (flow) => flow.distinct({ max: 2 }), data: '-1-2-3-1|', out: '-1-2-3-1|' },
      ],
    },
  },
  {
    name: 'distinctUntilChanged',
    operator: (flow) => flow.distinctUntilChanged((n) => n >> 1),
    model: (items) => items.filter((n, index) => index === 0 || n % 2 === 0),
    from: identity,
    card: {
      of: 'Flow.distinctUntilChanged',
      emits: { op: (flow) => flow.distinctUntilChanged(), data: '-1-1-2-1|', out: '-1---2-1|' },
    },
  },
  {
    name: 'merge · filter',
    operator: (input) => input.merge(flow<number>([])).filter((n) => n % 2),
    model: (items) => items.filter((n) => n % 2),
    from: identity,
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

function twice(n: number): number[] {
  return [n, n]
}
