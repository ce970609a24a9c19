import { gate } from '../../../src/gates/gate.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const all = (items: readonly number[]): readonly number[] => items
const identity = (result: number): number[] => [result]

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
  },
  {
    name: 'mapAsync, in order per key',
    operator: (flow, bench) =>
      flow.mapAsync((n, { signal }) => bench.work(n, signal), { concurrency: 3, buffer: 5, order: (n) => n % 2 }),
    model: all,
    order: (n: number) => n % 2,
    from: identity,
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
  },
  {
    name: 'mapBatches, in input order',
    operator: (flow, bench) =>
      flow.mapBatches((items, { signal }) => bench.work(items, signal), { items: 3, within: 20, concurrency: 2 }),
    model: all,
    from: identity,
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
    name: 'through a rate gate',
    operator: (flow, bench) => flow.through(gate.rate({ limit: 100, per: '1s', burst: 2, clock: bench.clock })),
    model: all,
    shares: true,
    from: identity,
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
