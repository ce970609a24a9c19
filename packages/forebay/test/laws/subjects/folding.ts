import { max, min } from '../../../src/flow/operators/extremes.ts'
import { count, reduce, reduceWhile, sum, toArray } from '../../../src/flow/operators/reduce.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const total = (items: readonly number[]): number => items.reduce((left, right) => left + right, 0)
const failed = (): { items: number[]; ends: 'failed' } => ({ items: [], ends: 'failed' })
const made = { from: (): number[] => [], endNeedsDemand: true }
/** 7, 6, … 1, 0, 7, … so that neither end is where the extremes are. */
const zigzag = (n: number): number => (n * 7) % 8

/** Everything as one item, when there are no more. */
export const folding: readonly OperatorSubject[] = [
  {
    name: 'reduce',
    operator: (flow) => flow.via(reduce((digits, n) => `${digits}${n % 10}`, '')),
    model: (items) => [items.map((n) => n % 10).join('')],
    failed,
    ...made,
    card: {
      of: 'reduce',
      emits: {
        op: (flow) => flow.via(reduce((left: number, right: number) => left + right, 1)),
        data: '-1-2|',
        out: '----(4|)',
      },
      completes: { op: (flow) => flow.via(reduce((n: number) => n, 0)), data: '|', demand: '-1', out: '-(0|)' },
    },
  },
  {
    name: 'reduceWhile',
    operator: (flow) =>
      flow.via(
        reduceWhile(
          (left, right) => left + right,
          0,
          (state) => state < 10,
        ),
      ),
    model: (items) => [total(items.slice(0, 4))],
    failed: (items) => (items.length < 4 ? failed() : { items: [10], ends: 'completed' }),
    ...made,
    card: {
      of: 'reduceWhile',
      emits: [
        { data: '-5-6-7', values: { S: 11 }, out: '---(S|)' },
        { data: '-5|', out: '--(5|)' },
      ],
      completes: { data: '-5|', demand: '----1', out: '----(5|)' },
      cancels: { data: '-5-6-7', upstream: '*--!' },
    },
  },
  {
    name: 'count',
    operator: (flow) => flow.via(count()),
    model: (items) => [items.length],
    failed,
    ...made,
    card: {
      of: 'count',
      emits: { data: '-5-5-5|', out: '------(3|)' },
      completes: { data: '|', demand: '1', out: '(0|)' },
    },
  },
  {
    name: 'sum',
    operator: (flow) => flow.via(sum()),
    model: (items) => [total(items)],
    failed,
    ...made,
    card: {
      of: 'sum',
      emits: { data: '-1-2-3|', out: '------(6|)' },
      completes: { data: '|', demand: '1', out: '(0|)' },
    },
  },
  {
    name: 'toArray',
    operator: (flow) => flow.via(toArray(20_000)),
    model: (items) => [items],
    failed,
    from: (array) => array,
    endNeedsDemand: true,
    card: {
      of: 'toArray',
      emits: { data: '-1-2|', values: { A: [1, 2] }, out: '----(A|)' },
      completes: { data: '|', demand: '1', values: { A: [] }, out: '(A|)' },
      cancels: {
        op: (flow) => flow.via(toArray(1)),
        data: '-1-2-3',
        out: '---#',
        upstream: '*--!',
        lost: { cancelled: 1, failed: 1 },
        error: 'FOREBAY_OVERFLOW',
      },
    },
  },
  {
    name: 'toArray of few',
    operator: (flow) => flow.via(toArray(5)),
    model: (items) => (items.length > 5 ? [] : [items]),
    stopsAt: 6,
    failed,
    from: (array) => array,
    endNeedsDemand: true,
  },
  {
    name: 'min',
    operator: (flow) => flow.via(min(zigzag)),
    model: (items) => items.toSorted((a, b) => zigzag(a) - zigzag(b)).slice(0, 1),
    failed,
    from: (n: number) => [n],
    card: {
      of: 'min',
      emits: { op: (flow) => flow.via(min<number>()), data: '-3-1-2|', out: '------(1|)' },
    },
  },
  {
    name: 'max',
    operator: (flow) => flow.via(max(zigzag)),
    model: (items) => items.toSorted((a, b) => zigzag(b) - zigzag(a)).slice(0, 1),
    failed,
    from: (n: number) => [n],
    card: {
      of: 'max',
      emits: { op: (flow) => flow.via(max<number>()), data: '-3-9-2|', out: '------(9|)' },
    },
  },
]
