import { restartVia } from '../../../src/flow/errors/restart-via.ts'
import { retryEach } from '../../../src/flow/errors/retry-each.ts'
import type { Flow } from '../../../src/flow/flow.ts'
import { supervise, type Directive } from '../../../src/flow/operators/supervise.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'
import { failingAt } from '../../support/failing-at.ts'

const identity = (result: number): number[] => [result]
const sums = (flow: Flow<number>): Flow<number> =>
  flow.scan((sum, n) => {
    failingAt(9)(n)
    return sum + n
  }, 0)
const supervised =
  (directive: Directive) =>
  (flow: Flow<number>): Flow<number> =>
    flow.via(supervise(sums, () => directive))

/** A piece that fails the first `times` times that an item is tried in it. */
function flaky(times: number): (flow: Flow<number>) => Flow<number> {
  const tries = new Map<number, number>()
  return (flow) =>
    flow.map((n) => {
      const before = tries.get(n) ?? 0
      tries.set(n, before + 1)
      if (before < times) throw new Error(`item ${n}`)
      tries.delete(n)
      return n
    })
}

const quick = { backoff: 2, jitter: 0 }

/** Parts of a flow that go on after a failure: operator by operator, item by item, or piece by piece. */
export const resilience: readonly OperatorSubject[] = [
  {
    name: 'supervise',
    operator: (flow) =>
      flow.via(
        supervise(
          (items) =>
            items.map((n) => {
              if (n % 3 === 0) throw new Error(`item ${n}`)
              return n
            }),
          () => 'resume',
        ),
      ),
    model: (items) => items.filter((n) => n % 3 !== 0),
    loses: ['error'],
    from: identity,
    card: {
      of: 'supervise',
      emits: [
        { op: supervised('resume'), data: '12934|', values: { A: 10 }, out: '13-6A|', lost: { error: 1 } },
        { op: supervised('restart'), data: '12934|', out: '13-37|', lost: { error: 1 } },
        { op: supervised('stop'), data: '12934|', out: '13#', error: 'item 9', lost: { failed: 1 } },
      ],
      completes: { op: supervised('resume'), data: '1-9|', out: '1--|', lost: { error: 1 } },
      cancels: {
        op: supervised('stop'),
        data: '-9-1',
        out: '-#',
        upstream: '*!',
        error: 'item 9',
        lost: { failed: 1 },
      },
      loses: {
        op: (flow) =>
          flow.via(
            supervise(
              (items) => items.batch({ items: 3, bytes: 99, sizeOf: failingAt(9) }),
              () => 'restart',
            ),
          ),
        data: '12945|',
        values: { A: [4, 5] },
        out: '-----(A|)',
        lost: { error: 1, restarted: 2 },
      },
    },
  },
  {
    name: 'supervise, with a state',
    operator: (flow) => flow.via(supervise(sums, () => 'stop')),
    model: (items) => items.slice(0, 8).map((_, at) => items.slice(0, at + 1).reduce((left, right) => left + right, 0)),
    stopsAt: 9,
  },
  {
    name: 'retryEach',
    many: 4000,
    operator: (flow, bench) => {
      const piece = flaky(1)
      return flow.via(
        retryEach((one) => one.mapAsync((n, { signal }) => bench.work(n, signal)).via(piece), { ...quick, max: 3 }),
      )
    },
    model: (items) => items,
    from: identity,
    card: {
      of: 'retryEach',
      emits: { op: (flow) => flow.via(retryEach(flaky(1), quick)), data: '1----2|', out: '--1----(2|)' },
      backpressures: {
        op: (flow) => flow.via(retryEach(flaky(1), { ...quick, breadth: 2 })),
        data: '(123)',
        demand: '2-----1',
        upstream: '2-1',
        out: '--(12)---3',
      },
      completes: { op: (flow) => flow.via(retryEach(flaky(2), quick)), data: '1|', out: '------(1|)' },
      cancels: {
        op: (flow) => flow.via(retryEach(flaky(9), { ...quick, max: 1 })),
        data: '1',
        out: '--#',
        upstream: '1-!',
        error: 'item 1',
        lost: { failed: 1 },
      },
      loses: [
        {
          op: (flow) => flow.via(retryEach((one) => one.map(failingAt(1)), { ...quick, max: 1, onError: 'resume' })),
          data: '1--2|',
          out: '---2|',
          lost: { failed: 1 },
        },
        {
          op: (flow) => flow.via(retryEach((one) => one.map(failingAt(1)), { ...quick, max: 0 })),
          data: '1',
          out: '#',
          error: 'item 1',
          lost: { failed: 1 },
        },
      ],
    },
  },
  {
    name: 'retryEach, several at once',
    many: 4000,
    operator: (flow, bench) => {
      const piece = flaky(1)
      return flow.via(
        retryEach((one) => one.mapAsync((n, { signal }) => bench.work(n, signal)).via(piece), { ...quick, breadth: 3 }),
      )
    },
    model: (items) => items,
    order: 'any',
    from: identity,
  },
  {
    name: 'restartVia',
    operator: (flow, bench) =>
      flow.via(
        restartVia((items) => items.mapAsync((n, { signal }) => bench.work(n, signal), { concurrency: 2 }), quick),
      ),
    model: (items) => items,
    from: identity,
    card: {
      of: 'restartVia',
      emits: {
        op: (flow) => flow.via(restartVia((items) => items.map(failingAt(2)), quick)),
        data: '12--3|',
        out: '1---3|',
        lost: { failed: 1 },
      },
      backpressures: {
        op: (flow) => flow.via(restartVia((items) => items.map(failingAt(2)), quick)),
        data: '1234',
        demand: '3-----',
        upstream: '3--2',
        out: '1--(34)',
        lost: { failed: 1 },
      },
      completes: [
        {
          op: (flow) => flow.via(restartVia((items) => items.take(1), quick)),
          data: '-1',
          out: '-(1|)',
          upstream: '(64)!',
        },
        {
          op: (flow) => flow.via(restartVia((items) => items.map(failingAt(2)), quick)),
          data: '2|',
          out: '-|',
          lost: { failed: 1 },
        },
      ],
      cancels: {
        op: (flow) => flow.via(restartVia((items) => items.map(failingAt(2)), { ...quick, max: 1 })),
        data: '2---2',
        out: '----#',
        error: 'item 2',
        lost: { failed: 2 },
      },
      loses: {
        op: (flow, w) =>
          flow.via(
            restartVia((items) => items.mapAsync((n) => w.delay(1, n).then(failingAt(1)), { concurrency: 2 }), quick),
          ),
        data: '(12)---3|',
        out: '-----(3|)',
        lost: { failed: 2 },
      },
    },
  },
]
