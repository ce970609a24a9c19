import { compact, filterMap, filterNot } from '../../../src/flow/operators/filter-map.ts'
import { flatten, repeatEach } from '../../../src/flow/operators/flatten.ts'
import { mapIndexed, zipWithIndex } from '../../../src/flow/operators/map-indexed.ts'
import { mapAccumulate, statefulMap } from '../../../src/flow/operators/stateful-map.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const identity = (result: number): number[] => [result]
const copies = (n: number): number[] => Array.from({ length: n % 4 }, () => n)
const runningSum = (items: readonly number[]): number[] => {
  let sum = 0
  return items.map((n) => (sum += n))
}
const summing = { create: () => ({ sum: 0 }), map: (state: { sum: number }, n: number) => (state.sum += n) }

/** One item at a time: other values, indices, and state from one item to the next. */
export const mapping: readonly OperatorSubject[] = [
  {
    name: 'filterMap',
    operator: (flow) => flow.via(filterMap((n) => (n % 2 === 0 ? n * 10 : undefined))),
    model: (items) => items.filter((n) => n % 2 === 0).map((n) => n * 10),
    from: (result: number) => [result / 10],
    card: {
      of: 'filterMap',
      emits: {
        op: (flow) => flow.via(filterMap((n: number) => (n % 2 === 0 ? n + 1 : undefined))),
        data: '-1-2-3-4|',
        demand: '2',
        out: '---3---5|',
        upstream: '21---1',
      },
    },
  },
  {
    name: 'filterNot',
    operator: (flow) => flow.via(filterNot((n) => n % 3 === 1)),
    model: (items) => items.filter((n) => n % 3 !== 1),
    from: identity,
    card: { of: 'filterNot', emits: { data: '-1-2-3-4|', out: '---2-3--|' } },
  },
  {
    name: 'compact',
    operator: (flow) => flow.map((n) => [n, null, undefined][n % 3]).via(compact()),
    model: (items) => items.filter((n) => n % 3 === 0),
    from: identity,
    card: {
      of: 'compact',
      emits: {
        op: (flow) => flow.via(compact()),
        data: '-0-a-b-2|',
        values: { a: null, b: undefined },
        out: '-0-----2|',
      },
    },
  },
  {
    name: 'flatten',
    operator: (flow) => flow.map((n) => copies(n)).via(flatten()),
    model: (items) => items.flatMap((n) => copies(n)),
    from: identity,
    card: {
      of: 'flatten',
      emits: {
        op: (flow) => flow.via(flatten()),
        data: '-A-B-C|',
        values: { A: [1, 2], B: [], C: [3] },
        out: '-(12)---3|',
      },
      backpressures: {
        op: (flow) => flow.via(flatten()),
        data: '-AB|',
        demand: '1---1-1',
        values: { A: [1, 2], B: [3] },
        out: '-1--2-(3|)',
        upstream: '1-----1',
      },
      completes: {
        op: (flow) => flow.via(flatten()),
        data: '-A|',
        demand: '1----1',
        values: { A: [1, 2] },
        out: '-1---(2|)',
      },
    },
  },
  {
    name: 'repeatEach',
    operator: (flow) => flow.via(repeatEach(3)),
    model: (items) => items.flatMap((n) => [n, n, n]),
    from: identity,
    card: {
      of: 'repeatEach',
      emits: {
        op: (flow) => flow.via(repeatEach(2)),
        data: '-12|',
        demand: '1----1-2',
        out: '-1---1-(22|)',
      },
    },
  },
  {
    name: 'mapIndexed',
    operator: (flow) => flow.via(mapIndexed((n, index) => n * 1000 + index)),
    model: (items) => items.map((n, index) => n * 1000 + index),
    from: (result: number) => [Math.floor(result / 1000)],
    card: {
      of: 'mapIndexed',
      emits: {
        op: (flow) => flow.via(mapIndexed((n: number, index) => n * index)),
        data: '-5-4-3|',
        out: '-0-4-6|',
      },
    },
  },
  {
    name: 'zipWithIndex',
    operator: (flow) => flow.via(zipWithIndex()),
    model: (items) => items.map((n, index) => [n, index]),
    from: ([n]: [number]) => [n],
    card: {
      of: 'zipWithIndex',
      emits: { data: '-5-4|', out: '-A-B|', values: { A: [5, 0], B: [4, 1] } },
    },
  },
  {
    name: 'statefulMap',
    operator: (flow) => flow.via(statefulMap(summing)),
    model: runningSum,
  },
  {
    name: 'statefulMap with last items',
    operator: (flow) => flow.via(statefulMap({ ...summing, last: ({ sum }) => [-sum, -1] })),
    model: (items) => [...runningSum(items), -items.reduce((sum, n) => sum + n, 0), -1],
    failed: (items) => ({ items: runningSum(items), ends: 'failed' }),
    from: (result: number) => (result <= 0 ? [] : [(Math.sqrt(8 * result + 1) - 1) / 2]),
    endNeedsDemand: true,
    card: {
      of: 'statefulMap',
      emits: {
        op: (flow) => flow.via(statefulMap({ ...summing, last: ({ sum }) => [sum, 0] })),
        data: '-1-2-3|',
        demand: '4-------1',
        out: '-1-3-6(6)-(0|)',
      },
      completes: {
        op: (flow) => flow.via(statefulMap({ ...summing, last: () => [] })),
        data: '-1|',
        demand: '1',
        out: '-1|',
      },
    },
  },
  {
    name: 'mapAccumulate',
    operator: (flow) => flow.via(mapAccumulate((sum, n) => [sum + n, [sum, n]], 0)),
    model: (items) => runningSum(items).map((sum, index) => [sum - (items[index] as number), items[index]]),
    from: ([, n]: [number, number]) => [n],
    card: {
      of: 'mapAccumulate',
      emits: {
        op: (flow) => flow.via(mapAccumulate((last: number, n: number) => [n, n - last], 0)),
        data: '-1-4-9|',
        out: '-1-3-5|',
      },
    },
  },
]
