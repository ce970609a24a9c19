import { enforce } from '../../../src/flow/operators/enforce.ts'
import { gate } from '../../../src/gates/gate.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const all = (items: readonly number[]): readonly number[] => items
const identity = (result: number): number[] => [result]

/** Gates inside a flow: they decide when an item passes, and when its work starts. */
export const gated: readonly OperatorSubject[] = [
  {
    name: 'through a rate gate',
    operator: (flow, bench) => flow.through(gate.rate({ limit: 100, per: '1s', burst: 2, clock: bench.clock })),
    model: all,
    shares: true,
    from: identity,
    card: {
      of: 'Flow.through',
      emits: {
        op: (flow, w) => flow.through(gate.rate({ limit: 1, per: 3, burst: 2, clock: w.clock })),
        data: '12345|',
        out: '12-3--4--(5|)',
      },
      backpressures: {
        op: (flow, w) => flow.through(gate.rate({ limit: 1, per: 5, burst: 1, clock: w.clock })),
        data: '(123)',
        demand: '*',
        out: '1----2----3',
        upstream: '2----1----1',
      },
      completes: {
        op: (flow, w) => flow.through(gate.rate({ limit: 1, per: 5, burst: 1, clock: w.clock })),
        data: '(12|)',
        out: '1----(2|)',
      },
    },
  },
  {
    name: 'mapAsync behind a limit',
    operator: (flow, bench) =>
      flow.mapAsync((n, { signal }) => bench.work(n, signal), {
        concurrency: 3,
        gate: gate.limit(2, { clock: bench.clock }),
      }),
    model: all,
    shares: true,
    from: identity,
  },
  {
    name: 'enforce',
    operator: (flow, bench) =>
      flow.via(enforce(gate.rate({ limit: 100_000, per: '1s', burst: 100_000, clock: bench.clock }))),
    model: (items) => items,
    shares: true,
    from: identity,
    card: {
      of: 'enforce',
      emits: {
        op: (flow, w) =>
          flow.via(enforce(gate.rate({ limit: 1, per: 3, burst: 1, clock: w.clock }), { excess: 'drop' })),
        data: '12-3|',
        out: '1--3|',
        lost: { rate: 1 },
      },
      cancels: {
        op: (flow, w) => flow.via(enforce(gate.rate({ limit: 1, per: 3, burst: 1, clock: w.clock }))),
        data: '1--2345',
        out: '1--2#',
        upstream: '*---!',
        error: 'FOREBAY_SHED',
        lost: { failed: 1 },
      },
      loses: {
        op: (flow, w) =>
          flow.via(enforce(gate.rate({ limit: 1, per: 9, burst: 1, clock: w.clock }), { excess: 'drop' })),
        data: '123|',
        out: '1--|',
        lost: { rate: 2 },
      },
    },
  },
  {
    name: 'enforce, dropping',
    operator: (flow, bench) =>
      flow.via(enforce(gate.rate({ limit: 1, per: '1h', burst: 3, clock: bench.clock }), { excess: 'drop' })),
    model: (items) => items,
    rate: true,
    loses: ['rate'],
    shares: true,
    from: identity,
  },
]
