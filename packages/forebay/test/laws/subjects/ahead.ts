import { prefetch } from '../../../src/flow/ahead/prefetch.ts'
import { priorityBuffer } from '../../../src/flow/ahead/priority-buffer.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const all = (items: readonly number[]): readonly number[] => items
const identity = (result: number): number[] => [result]
const level = (n: number): number => n % 4

/** Ahead of downstream, in another order or by as much as pays. */
export const ahead: readonly OperatorSubject[] = [
  {
    name: 'prefetch',
    operator: (flow) => flow.via(prefetch({ max: 6 })),
    model: all,
    from: identity,
    card: {
      of: 'prefetch',
      emits: { data: '-1-23|', demand: '-1---2', out: '-1---(23|)' },
      backpressures: { data: '1234', demand: '----2', out: '----(12)', upstream: '2---2' },
    },
  },
  {
    name: 'priorityBuffer',
    operator: (flow) => flow.via(priorityBuffer({ items: 5, level })),
    model: all,
    order: 'any',
    from: identity,
    card: {
      of: 'priorityBuffer',
      // Levels 3, 2, 1, 0 and 1.
      emits: { data: '32145|', demand: '-----*', out: '-----(41523|)' },
      backpressures: {
        op: (flow) => flow.via(priorityBuffer({ items: 2, level })),
        data: '321',
        demand: '-----2',
        out: '-----(23)',
        upstream: '2----2',
      },
      loses: {
        op: (flow) => flow.via(priorityBuffer({ items: 2, level, overflow: 'drop-lowest' })),
        data: '3212|',
        demand: '-----*',
        out: '-----(12|)',
        upstream: '*',
        lost: { 'drop-lowest': 2 },
      },
    },
  },
  {
    name: 'priorityBuffer, drop-lowest',
    operator: (flow) => flow.via(priorityBuffer({ items: 4, level, overflow: 'drop-lowest' })),
    model: all,
    order: 'any',
    loses: ['drop-lowest'],
    from: identity,
  },
  {
    name: 'priorityBuffer with shares',
    operator: (flow) => flow.via(priorityBuffer({ items: 6, level, weights: [8, 4, 2, 1] })),
    model: all,
    order: 'any',
    from: identity,
    card: {
      of: 'priorityBuffer',
      variant: 'weights',
      emits: {
        op: (flow) => flow.via(priorityBuffer({ items: 9, level: (n) => (n > 4 ? 3 : 0), weights: [2, 1, 1, 1] })),
        data: '1234567|',
        demand: '--------*',
        out: '--------(1523647|)',
      },
    },
  },
]
