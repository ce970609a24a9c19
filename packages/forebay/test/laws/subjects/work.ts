import type { OperatorSubject } from '../../../src/testkit/subject.ts'
import type { World } from '../../../src/testkit/world.ts'
import { failingAt } from '../../support/failing-at.ts'

const all = (items: readonly number[]): readonly number[] => items
const identity = (result: number): number[] => [result]

/** Work that takes as many milliseconds as the number says. */
const slowly =
  (w: World) =>
  (n: number): Promise<number> =>
    w.delay(n, n)

/** Concurrent work on items. */
export const work: readonly OperatorSubject[] = [
  {
    name: 'mapAsync, one at a time',
    operator: (flow, bench) => flow.mapAsync((n, { signal }) => bench.work(n, signal)),
    model: all,
    from: identity,
  },
  {
    name: 'mapAsync, plain results',
    operator: (flow) => flow.mapAsync((n) => n, { concurrency: 4 }),
    model: all,
    from: identity,
  },
  {
    name: 'mapAsync, in input order',
    operator: (flow, bench) => flow.mapAsync((n, { signal }) => bench.work(n, signal), { concurrency: 3 }),
    model: all,
    from: identity,
    card: {
      of: 'Flow.mapAsync',
      // Each item takes as many milliseconds as its number; a result waits for those before it.
      emits: { op: (flow, w) => flow.mapAsync(slowly(w), { concurrency: 3 }), data: '(412|)', out: '----(412|)' },
      backpressures: [
        {
          op: (flow, w) => flow.mapAsync(slowly(w), { concurrency: 2 }),
          data: '(3333)',
          out: '---(33)--(33)',
          upstream: '2--2--2',
        },
        // Work goes on while nobody wants the results, up to what may be held.
        {
          op: (flow, w) => flow.mapAsync(slowly(w), { concurrency: 1, buffer: 3 }),
          data: '(11111)',
          demand: '------1',
          out: '------1',
          upstream: '111---1',
        },
      ],
      completes: { op: (flow, w) => flow.mapAsync(slowly(w), { concurrency: 2 }), data: '(32|)', out: '---(32|)' },
      cancels: async (w) => {
        const signals: AbortSignal[] = []
        const work = (n: number, { signal }: { signal: AbortSignal }): Promise<number> => {
          signals.push(signal)
          return w.delay(9, n)
        }
        const cancelled = w.run((flow) => flow.mapAsync(work, { concurrency: 2 }), { data: '12', demand: '*---!' })
        await cancelled.toBe({ out: '', upstream: '2---!', lost: { cancelled: 2 } })
        if (signals.length !== 2 || signals.some(({ aborted }) => !aborted))
          throw new Error('work in flight was not told')
      },
      loses: {
        op: (flow) => flow.mapAsync(failingAt(2), { onError: 'resume' }),
        data: '-1-2-3|',
        out: '-1---3|',
        lost: { error: 1 },
      },
    },
  },
  {
    name: 'mapAsync, in input order with a reorder buffer',
    operator: (flow, bench) => flow.mapAsync((n, { signal }) => bench.work(n, signal), { concurrency: 2, buffer: 6 }),
    model: all,
    from: identity,
  },
  {
    name: 'mapAsync, in order of completion',
    operator: (flow, bench) =>
      flow.mapAsync((n, { signal }) => bench.work(n, signal), { concurrency: 3, order: 'completion' }),
    model: all,
    order: 'any',
    from: identity,
    card: {
      of: 'Flow.mapAsync',
      variant: "order: 'completion'",
      emits: {
        op: (flow, w) => flow.mapAsync(slowly(w), { concurrency: 3, order: 'completion' }),
        data: '(412|)',
        out: '-12-(4|)',
      },
    },
  },
  {
    name: 'mapAsync, in order per key',
    operator: (flow, bench) =>
      flow.mapAsync((n, { signal }) => bench.work(n, signal), { concurrency: 3, buffer: 5, order: (n) => n % 2 }),
    model: all,
    order: (n: number) => n % 2,
    from: identity,
    card: {
      of: 'Flow.mapAsync',
      variant: 'order by key',
      // 4 and 2 are even, so 2 waits for 4; 1 and 3 need not.
      emits: {
        op: (flow, w) => flow.mapAsync(slowly(w), { concurrency: 4, order: (n: number) => n % 2 }),
        data: '(4123|)',
        out: '-1--(43)-(2|)',
      },
    },
  },
  ...(['input', 'completion', (n: number) => n % 2] as const).map((order): OperatorSubject => ({
    name: `mapAsync, resume, ${typeof order === 'string' ? order : 'key'}`,
    operator: (flow, bench) =>
      flow.mapAsync(
        (n, { signal }) => (n % 3 === 0 ? bench.failing(new Error('third'), signal) : bench.work(n, signal)),
        { concurrency: 2, order, onError: 'resume' },
      ),
    model: (items) => items.filter((n) => n % 3 !== 0),
    order: typeof order === 'string' ? (order === 'input' ? 'input' : 'any') : order,
    loses: ['error'],
  })),
  {
    name: 'mapAsync, dead-letter',
    operator: (flow, bench) =>
      flow.mapAsync(
        (n, { signal }) => (n % 4 === 1 ? bench.failing(new Error('poison'), signal) : bench.work(n, signal)),
        { concurrency: 3, onError: 'dead-letter' },
      ),
    model: (items) => items.filter((n) => n % 4 !== 1),
    loses: ['dead-letter'],
    card: {
      of: 'Flow.mapAsync',
      variant: "onError: 'dead-letter'",
      emits: {
        op: (flow) => flow.mapAsync(failingAt(2), { onError: 'dead-letter' }),
        data: '-1-2-3|',
        out: '-1---3|',
        lost: { 'dead-letter': 1 },
      },
    },
  },
  {
    name: 'mapAsync, stop at the third item',
    operator: (flow, bench) =>
      flow.mapAsync((n, { signal }) => (n === 3 ? bench.failing(third, signal) : bench.work(n, signal)), {
        concurrency: 3,
      }),
    model: (items) => items.filter((n) => n < 3),
    stopsAt: 3,
    from: identity,
  },
  {
    name: 'mapAsync, throwing at the third item',
    operator: (flow) =>
      flow.mapAsync((n) => {
        if (n === 3) throw third
        return n
      }),
    model: (items) => items.filter((n) => n < 3),
    stopsAt: 3,
    from: identity,
  },
  {
    name: 'mapAsync, retry',
    operator: (flow, bench) =>
      flow.mapAsync(
        (n, { signal, attempt }) =>
          attempt === 1 && n % 2 ? bench.failing(new Error('again'), signal) : bench.work(n, signal),
        { concurrency: 2, retry: 2 },
      ),
    model: all,
    from: identity,
    card: {
      of: 'Flow.mapAsync',
      variant: 'retry',
      emits: {
        op: (flow) =>
          flow.mapAsync(
            (n: number, { attempt }) => {
              if (attempt < 3) throw new Error('not yet')
              return n
            },
            { retry: { max: 2, backoff: (retry) => 2 * retry } },
          ),
        data: '1|',
        out: '------(1|)',
      },
    },
  },
  {
    name: 'mapBatches, in input order',
    operator: (flow, bench) =>
      flow.mapBatches((items, { signal }) => bench.work(items, signal), { items: 3, within: 20, concurrency: 2 }),
    model: all,
    from: identity,
    card: {
      of: 'Flow.mapBatches',
      emits: {
        op: (flow, w) => flow.mapBatches((items) => w.delay(2, items), { items: 2, within: 3 }),
        data: '(12)3|',
        out: '--(12)-(3|)',
      },
      backpressures: {
        op: (flow, w) => flow.mapBatches((items) => w.delay(3, items), { items: 2, within: 1 }),
        data: '(123456)',
        out: '---(12)--(34)--(56)',
      },
      completes: {
        op: (flow, w) => flow.mapBatches((items) => w.delay(2, items), { items: 9, within: 50 }),
        data: '-12|',
        out: '-----(12|)',
      },
      cancels: {
        op: (flow, w) => flow.mapBatches((items) => w.delay(9, items), { items: 2, within: 1 }),
        data: '(12)',
        demand: '*--!',
        lost: { cancelled: 2 },
      },
      loses: {
        op: (flow) =>
          flow.mapBatches((items) => items.map((n) => (n === 2 ? new Error('two') : n)), {
            items: 2,
            within: 1,
            onError: 'resume',
          }),
        data: '(12)|',
        out: '1|',
        lost: { error: 1 },
      },
    },
  },
  {
    name: 'mapBatches, resume',
    operator: (flow, bench) =>
      flow.mapBatches(
        (items, { signal }) =>
          bench.work(
            items.map((n) => (n % 3 === 0 ? new Error('third') : n)),
            signal,
          ),
        { items: 2, within: 10, concurrency: 2, onError: 'resume' },
      ),
    model: (items) => items.filter((n) => n % 3 !== 0),
    loses: ['error'],
  },
  {
    name: 'mapAsync, timeout and fallback',
    operator: (flow, bench) =>
      flow.mapAsync((n, { signal }) => bench.work(n, signal), { concurrency: 2, timeout: 10, fallback: (n) => n }),
    model: all,
    from: identity,
  },
  {
    name: 'mapAsync, timeout and resume',
    operator: (flow, bench) =>
      flow.mapAsync((n, { signal }) => bench.work(n, signal), { concurrency: 3, timeout: 10, onError: 'resume' }),
    model: all,
    loses: ['error'],
    from: identity,
  },
]

const third = new Error('third')
