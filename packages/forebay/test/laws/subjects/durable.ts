import { durableStore } from '../../../src/queue/durable-store.ts'
import { memoryStore } from '../../../src/queue/memory-store.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

/** Edges that outlive the process, in the store of the run. */
export const durable: readonly OperatorSubject[] = [
  {
    name: 'durable edge',
    operator: (flow) => flow.durable('orders', { prefetch: 4, window: 4 }),
    model: (items) => items,
    // What is held when upstream fails stays in the store for the next run.
    cutByFailure: true,
    run: (bench) => ({ store: durableStore(memoryStore({ clock: bench.clock })) }),
    card: {
      of: 'Flow.durable',
      emits: { data: '-12-3|', demand: '1---*', out: '-1--(23)|' },
      backpressures: {
        op: (flow) => flow.durable('orders', { items: 2 }),
        data: '1234',
        demand: '------1',
        out: '------1',
        upstream: '2-----1',
      },
      completes: { data: '12|', demand: '----1--1', out: '----1--(2|)' },
      cancels: { data: '12', demand: '---1!', out: '---1', upstream: '51--!' },
    },
  },
]
