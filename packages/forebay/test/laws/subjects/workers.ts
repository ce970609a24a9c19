import { elastic, type ElasticOptions } from '../../../src/flow/elastic/elastic.ts'
import { mapAsyncElastic } from '../../../src/flow/elastic/map-async-elastic.ts'
import { mapCrew } from '../../../src/flow/workers/map-crew.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'
import type { World } from '../../../src/testkit/world.ts'
import { inProcess } from '../../support/in-process.ts'
import { cancelsWork } from '../../support/cancelled-work.ts'
import { failingAt } from '../../support/failing-at.ts'

const all = (items: readonly number[]): readonly number[] => items
const identity = (result: number): number[] => [result]

/** Work that takes as many milliseconds as the number says, done by workers of this thread. */
const slowly = (w: World, workers: number, options = {}) =>
  mapCrew<number, number>(
    'mapWorker',
    inProcess((n: number) => w.delay(n, n)),
    workers,
    options,
  )

const growing = (w: World, options: ElasticOptions) =>
  mapAsyncElastic((n: number) => w.delay(n, n), { concurrency: elastic(options) })

/** Work on items in threads and processes, and as much at once as the load needs. */
export const workers: readonly OperatorSubject[] = [
  {
    name: 'mapWorker, in input order',
    operator: (flow, bench) =>
      flow.via(
        mapCrew<number, number>(
          'mapWorker',
          inProcess((n, signal) => bench.work(n, signal)),
          3,
          { items: 4 },
        ),
      ),
    model: all,
    from: identity,
    card: {
      of: 'mapWorker',
      emits: { op: (flow, w) => flow.via(slowly(w, 3)), data: '(412|)', out: '----(412|)' },
      backpressures: {
        op: (flow, w) => flow.via(slowly(w, 1, { items: 1, window: 1 })),
        data: '(222)',
        upstream: '2-1-1-1',
        out: '--2-2-2',
      },
      completes: { op: (flow, w) => flow.via(slowly(w, 2)), data: '(32|)', out: '---(32|)' },
      cancels: (w) =>
        cancelsWork(w, (flow, work) => flow.via(mapCrew<number, number>('mapWorker', inProcess(work), 2, {}))),
      loses: {
        op: (flow) => flow.via(mapCrew<number, number>('mapWorker', inProcess(failingAt(2)), 1, { onError: 'resume' })),
        data: '-1-2-3|',
        out: '-1---3|',
        lost: { error: 1 },
      },
    },
  },
  {
    name: 'mapWorker, as they come',
    operator: (flow, bench) =>
      flow.via(
        mapCrew<number, number>(
          'mapWorker',
          inProcess((n, signal) => bench.work(n, signal)),
          2,
          {
            items: 3,
            order: 'completion',
          },
        ),
      ),
    model: all,
    order: 'any',
    from: identity,
    card: {
      of: 'mapWorker',
      variant: "order: 'completion'",
      emits: { op: (flow, w) => flow.via(slowly(w, 3, { order: 'completion' })), data: '(412|)', out: '-12-(4|)' },
    },
  },
  {
    name: 'mapWorker, whose workers die',
    operator: (flow, bench) =>
      flow.via(
        mapCrew<number, number>(
          'mapWorker',
          inProcess((n, signal) => bench.work(n, signal), {
            dies: (n, worker) => typeof n === 'number' && (n + worker) % 5 === 0,
          }),
          2,
          { items: 3, retry: 20 },
        ),
      ),
    model: all,
    from: identity,
  },
  {
    name: 'mapWorker, elastic',
    operator: (flow, bench) =>
      flow.via(
        mapCrew<number, number>(
          'mapWorker',
          inProcess((n, signal) => bench.work(n, signal)),
          elastic({ max: 4, every: 10, target: 5, cooldown: 20 }),
          { items: 2 },
        ),
      ),
    model: all,
    from: identity,
  },
  {
    name: 'mapAsyncElastic',
    operator: (flow, bench) =>
      flow.via(
        mapAsyncElastic((n: number, { signal }) => bench.work(n, signal), {
          concurrency: elastic({ max: 4, every: 10, target: 5, cooldown: 20 }),
        }),
      ),
    model: all,
    from: identity,
    card: {
      of: 'mapAsyncElastic',
      emits: { op: (flow, w) => flow.via(growing(w, { min: 3, max: 3 })), data: '(412|)', out: '----(412|)' },
      // Every 10 ms it is looked at: all work all the time, so there are two at once from the 20th on.
      backpressures: {
        op: (flow, w) => flow.via(growing(w, { max: 2, every: 10 })),
        data: '(888888)',
        out: '--------8-------8-------8---8---8---8',
        upstream: '1-------1-------1---1---1---1---1---1',
      },
      completes: { op: (flow, w) => flow.via(growing(w, { min: 2, max: 2 })), data: '(32|)', out: '---(32|)' },
      cancels: (w) =>
        cancelsWork(w, (flow, work) =>
          flow.via(
            mapAsyncElastic((n: number, { signal }) => work(n, signal), { concurrency: elastic({ min: 2, max: 2 }) }),
          ),
        ),
      loses: {
        op: (flow) => flow.via(mapAsyncElastic(failingAt(2), { concurrency: elastic({ max: 2 }), onError: 'resume' })),
        data: '-1-2-3|',
        out: '-1---3|',
        lost: { error: 1 },
      },
    },
  },
  {
    name: 'mapAsyncElastic, per key',
    operator: (flow, bench) =>
      flow.via(
        mapAsyncElastic((n: number, { signal }) => bench.work(n, signal), {
          concurrency: elastic({ max: 3, every: 10, target: 5, cooldown: 20 }),
          order: (n) => n % 2,
          buffer: 6,
        }),
      ),
    model: all,
    order: (n: number) => n % 2,
    from: identity,
  },
  {
    name: 'mapWorker, stop at the third item',
    operator: (flow) => flow.via(mapCrew<number, number>('mapWorker', inProcess(failingAt(3)), 2, { items: 2 })),
    model: (items) => items.filter((n) => n < 3),
    stopsAt: 3,
    from: identity,
  },
]
