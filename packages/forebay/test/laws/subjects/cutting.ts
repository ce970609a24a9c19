import { atMost, atMostWeight } from '../../../src/flow/operators/at-most.ts'
import { skipLast, takeLast } from '../../../src/flow/operators/last.ts'
import { sampleEvery, sampleRandom } from '../../../src/flow/operators/sampling.ts'
import { takeUntil } from '../../../src/flow/operators/take.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const identity = (result: number): number[] => [result]

/** A part of the items: the last, all but the last, those up to a marker, a sample, or no more than may be. */
export const cutting: readonly OperatorSubject[] = [
  {
    name: 'takeUntil',
    operator: (flow) => flow.via(takeUntil((n) => n === 4)),
    model: (items) => items.slice(0, 4),
    failed: (items) => ({ items: items.slice(0, 4), ends: items.length < 4 ? 'failed' : 'completed' }),
    from: identity,
    card: {
      of: 'takeUntil',
      emits: { data: '-1-2-4-5', out: '-1-2-(4|)' },
      completes: [
        { data: '-3-4-5', demand: '2', out: '-3-(4|)' },
        { data: '-1|', out: '-1|' },
      ],
      cancels: [
        { data: '-3-4-5', out: '-3-(4|)', upstream: '*--!' },
        { data: '-3', demand: '*-!', out: '-3', upstream: '*-!' },
      ],
    },
  },
  {
    name: 'takeLast',
    operator: (flow) => flow.via(takeLast(3)),
    model: (items) => items.slice(-3),
    failed: () => ({ items: [], ends: 'failed' }),
    from: identity,
    card: {
      of: 'takeLast',
      emits: { data: '-1-2-3-4|', out: '--------(234|)' },
      completes: { data: '-1|', demand: '1', out: '--(1|)' },
      loses: { data: '-1-2-3-4#', out: '--------#', lost: { cancelled: 3 }, error: 'failed' },
    },
  },
  {
    name: 'skipLast',
    operator: (flow) => flow.via(skipLast(2)),
    model: (items) => items.slice(0, -2),
    from: identity,
    card: {
      of: 'skipLast',
      emits: { data: '-1-2-3-4|', out: '-----1-2|' },
      completes: { data: '-1-2-3-4|', demand: '2', out: '-----1-2|' },
    },
  },
  {
    name: 'sampleEvery',
    operator: (flow) => flow.via(sampleEvery(3)),
    model: (items) => items.filter((_, index) => index % 3 === 0),
    loses: ['sampled'],
    from: identity,
    card: {
      of: 'sampleEvery',
      emits: {
        op: (flow) => flow.via(sampleEvery(2)),
        data: '-1-2-3|',
        demand: '2',
        out: '-1---3|',
        upstream: '2--1',
        lost: { sampled: 1 },
      },
      loses: { data: '-1-2-3-4|', out: '-1-----4|', lost: { sampled: 2 } },
    },
  },
  {
    name: 'sampleEvery behind flatMap',
    operator: (flow) => flow.flatMap((n) => [n, n, n]).via(sampleEvery(2)),
    model: (items) => items.flatMap((n) => [n, n, n]).filter((_, index) => index % 2 === 0),
    loses: ['sampled'],
  },
  {
    name: 'sampleRandom',
    operator: (flow) => flow.via(sampleRandom(50)),
    model: (items) => items,
    loses: ['sampled'],
    from: identity,
    card: {
      of: 'sampleRandom',
      emits: { op: (flow) => flow.via(sampleRandom(100)), data: '-1-2|', out: '-1-2|' },
      loses: { op: (flow) => flow.via(sampleRandom(0)), data: '-1-2|', out: '----|', lost: { sampled: 2 } },
    },
  },
  {
    name: 'atMost',
    operator: (flow) => flow.via(atMost(5)),
    model: (items) => items.slice(0, 5),
    stopsAt: 6,
    from: identity,
    card: {
      of: 'atMost',
      emits: { op: (flow) => flow.via(atMost(2)), data: '-1-2|', out: '-1-2|' },
      cancels: {
        op: (flow) => flow.via(atMost(2)),
        data: '-1-2-3',
        out: '-1-2-#',
        upstream: '*----!',
        lost: { failed: 1 },
        error: 'FOREBAY_OVERFLOW',
      },
      loses: { op: (flow) => flow.via(atMost(0)), data: '1', out: '#', lost: { failed: 1 } },
    },
  },
  {
    name: 'atMostWeight',
    operator: (flow) => flow.via(atMostWeight(10, (n) => n)),
    model: (items) => items.slice(0, 4),
    stopsAt: 5,
    from: identity,
    card: {
      of: 'atMostWeight',
      emits: { data: '-5-5-0|', out: '-5-5-0|' },
      cancels: {
        data: '-5-6',
        out: '-5-#',
        upstream: '*--!',
        lost: { failed: 1 },
        error: 'FOREBAY_OVERFLOW',
      },
      loses: { op: (flow) => flow.via(atMostWeight(1, (n) => n)), data: '(12)', out: '(1#)', lost: { failed: 1 } },
    },
  },
]
