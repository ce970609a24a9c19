import { atMost, atMostWeight } from '../../../src/flow/operators/at-most.ts'
import { skipLast, takeLast } from '../../../src/flow/operators/last.ts'
import { takeUntil } from '../../../src/flow/operators/take.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const identity = (result: number): number[] => [result]

/** A part of the items: the last, all but the last, those up to a marker, or no more than may be. */
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
    },
  },
]
