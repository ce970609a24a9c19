import { reduceAsync, scanAsync } from '../../../src/flow/junctions/fold-async.ts'
import { mapAsyncPartitioned } from '../../../src/flow/map-async-partitioned.ts'
import type { Bench } from '../../../src/testkit/bench.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'
import { cancelsWork } from '../../support/cancelled-work.ts'
import { failingAt } from '../../support/failing-at.ts'

const identity = (result: number): number[] => [result]
const partition = (n: number): number => n % 3
const adding =
  (bench: Bench) =>
  (sum: number, n: number, signal: AbortSignal): number | Promise<number> =>
    bench.work(sum + n, signal)
const sums = (items: readonly number[]): number[] => items.map((_, at) => total(items.slice(0, at + 1)))
const total = (items: readonly number[]): number => items.reduce((left, right) => left + right, 0)

/** Calls that take their time: with a state that goes from one to the next, or with a share for each partition. */
export const calls: readonly OperatorSubject[] = [
  {
    name: 'scanAsync',
    operator: (flow, bench) => flow.via(scanAsync(adding(bench), 0)),
    model: sums,
    card: {
      of: 'scanAsync',
      emits: {
        op: (flow, w) => flow.via(scanAsync((sum: number, n: number) => w.delay(2, sum + n), 0)),
        data: '1----2|',
        out: '--1----(3|)',
      },
      backpressures: {
        op: (flow, w) => flow.via(scanAsync((sum: number, n: number) => w.delay(2, sum + n), 0)),
        data: '(123)',
        demand: '2-----1',
        upstream: '1-1---1',
        out: '--1-3---6',
      },
      completes: {
        op: (flow, w) => flow.via(scanAsync((sum: number, n: number) => w.delay(3, sum + n), 0)),
        data: '1|',
        out: '---(1|)',
      },
      cancels: {
        op: (flow) => flow.via(scanAsync((_: number, n: number) => failingAt(2)(n), 0)),
        data: '-1-2-3',
        out: '-1-#',
        error: 'item 2',
        upstream: '11-!',
        lost: { failed: 1 },
      },
      loses: {
        op: (flow) => flow.via(scanAsync((_: number, n: number) => failingAt(1)(n), 0)),
        data: '1',
        out: '#',
        error: 'item 1',
        lost: { failed: 1 },
      },
    },
  },
  {
    name: 'reduceAsync',
    operator: (flow, bench) => flow.via(reduceAsync(adding(bench), 0)),
    model: (items) => [total(items)],
    failed: () => ({ items: [], ends: 'failed' }),
    from: () => [],
    endNeedsDemand: true,
    card: {
      of: 'reduceAsync',
      emits: {
        op: (flow, w) => flow.via(reduceAsync((sum: number, n: number) => w.delay(2, sum + n), 1)),
        data: '1-2|',
        out: '----(4|)',
      },
      backpressures: {
        op: (flow, w) => flow.via(reduceAsync((sum: number, n: number) => w.delay(2, sum + n), 0)),
        data: '(12|)',
        demand: '1',
        upstream: '1-1',
        out: '----(3|)',
      },
      completes: {
        op: (flow) => flow.via(reduceAsync((sum: number) => sum, 0)),
        data: '|',
        demand: '-1',
        out: '-(0|)',
      },
      cancels: {
        op: (flow) => flow.via(reduceAsync((_: number, n: number) => failingAt(2)(n), 0)),
        data: '-1-2-3',
        out: '---#',
        error: 'item 2',
        upstream: '11-!',
        lost: { failed: 1 },
      },
      loses: {
        op: (flow) => flow.via(reduceAsync((_: number, n: number) => failingAt(1)(n), 0)),
        data: '1',
        out: '#',
        error: 'item 1',
        lost: { failed: 1 },
      },
    },
  },
  {
    name: 'mapAsyncPartitioned',
    operator: (flow, bench) =>
      flow.via(
        mapAsyncPartitioned((n: number, { signal }) => bench.work(n, signal), {
          partition,
          perPartition: 2,
          concurrency: 4,
        }),
      ),
    model: (items) => items,
    from: identity,
    card: {
      of: 'mapAsyncPartitioned',
      // 1 and 3 are of one partition, 2 and 4 of the other.
      emits: {
        op: (flow, w) =>
          flow.via(mapAsyncPartitioned((n: number) => w.delay(2, n), { partition: (n) => n % 2, concurrency: 4 })),
        data: '(1324|)',
        out: '--1-(324|)',
      },
      backpressures: {
        op: (flow, w) =>
          flow.via(
            mapAsyncPartitioned((n: number) => w.delay(2, n), { partition: (n) => n % 2, concurrency: 2, buffer: 3 }),
          ),
        data: '(1112)',
        upstream: '3-1-1-2',
        out: '--1-1-(12)',
      },
      completes: {
        op: (flow, w) => flow.via(mapAsyncPartitioned((n: number) => w.delay(2, n), { partition, concurrency: 2 })),
        data: '12|',
        out: '--1(2|)',
      },
      cancels: (w) =>
        cancelsWork(w, (flow, work) =>
          flow.via(mapAsyncPartitioned((n: number, { signal }) => work(n, signal), { partition, concurrency: 2 })),
        ),
      loses: {
        op: (flow) => flow.via(mapAsyncPartitioned(failingAt(2), { partition, onError: 'resume' })),
        data: '123|',
        out: '1-3|',
        lost: { error: 1 },
      },
    },
  },
  {
    name: 'mapAsyncPartitioned, as they come',
    operator: (flow, bench) =>
      flow.via(
        mapAsyncPartitioned((n: number, { signal }) => bench.work(n, signal), {
          partition,
          concurrency: 4,
          buffer: 6,
          order: 'completion',
        }),
      ),
    model: (items) => items,
    order: partition,
    from: identity,
  },
]
