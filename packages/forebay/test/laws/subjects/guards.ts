import { mapError } from '../../../src/flow/operators/recover.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'
import { failingAt } from '../../support/failing-at.ts'

const identity = (result: number): number[] => [result]

/** What a flow does about failures, and about a source or a consumer that keeps it waiting. */
export const guards: readonly OperatorSubject[] = [
  {
    name: 'recover',
    operator: (flow) => flow.recover(() => -1),
    model: (items) => items,
    failed: (items) => ({ items: [...items, -1], ends: 'completed' }),
    from: (n) => (n === -1 ? [] : [n]),
    // The item made of the error waits for demand like any other.
    endNeedsDemand: true,
    card: {
      of: 'Flow.recover',
      emits: [
        { op: (flow) => flow.recover(() => 'r'), data: '-1-#', out: '-1-(r|)' },
        { op: (flow) => flow.recover(() => 'r'), data: '-1-#', demand: '1----1', out: '-1---(r|)' },
      ],
      completes: [
        { data: '-1|', out: '-1|' },
        { op: (flow) => flow.recover(() => 'r'), data: '#', out: '(r|)' },
      ],
      loses: {
        op: (flow) => flow.map(failingAt(2)).recover(() => 'r'),
        data: '-1-2-3',
        out: '-1-(r|)',
        upstream: '*--!',
        lost: { failed: 1 },
      },
    },
  },
  {
    name: 'mapError',
    operator: (flow) => flow.via(mapError(() => new Error('mapped'))),
    model: (items) => items,
    failed: (items) => ({ items, ends: 'failed' }),
    from: identity,
    card: { of: 'mapError', emits: { data: '-1-#', out: '-1-#', error: 'mapped' } },
  },
  {
    name: 'idleTimeout',
    operator: (flow) => flow.idleTimeout('1h'),
    model: (items) => items,
    from: identity,
    card: {
      of: 'Flow.idleTimeout',
      emits: { op: (flow) => flow.idleTimeout(4), data: '-1--2------3', out: '-1--2---#', error: 'FOREBAY_TIMEOUT' },
      // Time in which nobody wants anything is not the source's fault.
      backpressures: {
        op: (flow) => flow.idleTimeout(4),
        data: '1--------2|',
        demand: '1-------1',
        out: '1--------2|',
      },
      cancels: [
        { data: '-1', demand: '*-!', out: '-1', upstream: '*-!' },
        { op: (flow) => flow.idleTimeout(4), data: '1', out: '1---#', upstream: '*---!', error: 'FOREBAY_TIMEOUT' },
      ],
    },
  },
  {
    name: 'backpressureTimeout',
    operator: (flow) => flow.backpressureTimeout('1h'),
    model: (items) => items,
    from: identity,
    card: {
      of: 'Flow.backpressureTimeout',
      emits: {
        op: (flow) => flow.backpressureTimeout(4),
        data: '12',
        demand: '1---',
        out: '1---#',
        error: 'FOREBAY_TIMEOUT',
      },
      backpressures: {
        op: (flow) => flow.backpressureTimeout(4),
        data: '12|',
        demand: '1--1',
        out: '1--(2|)',
        upstream: '1--1',
      },
      cancels: [
        { data: '-1', demand: '*-!', out: '-1', upstream: '*-!' },
        { op: (flow) => flow.backpressureTimeout(4), data: '12', demand: '1', out: '1---#', upstream: '1---!' },
      ],
    },
  },
]
