import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const all = (items: readonly number[]): readonly number[] => items
const identity = (result: number): number[] => [result]

/** Bounded edges, one per overflow policy and bound. */
export const edges: readonly OperatorSubject[] = [
  {
    name: 'buffer, backpressure',
    operator: (flow) => flow.buffer(2),
    model: all,
    from: identity,
    card: {
      of: 'Flow.buffer',
      emits: { data: '-123|', demand: '-1---2', out: '-1---(23|)' },
      backpressures: { data: '12345|', demand: '-----3', out: '-----(123)', upstream: '2----3' },
      completes: { data: '12|', demand: '---1--1', out: '---1--(2|)' },
      cancels: { data: '12', demand: '---1!', out: '---1', upstream: '2--1!', lost: { cancelled: 1 } },
      loses: {
        op: (flow) => flow.buffer(2, 'drop-oldest'),
        data: '1234|',
        demand: '-----9',
        out: '-----(34|)',
        upstream: '*',
        lost: { 'drop-oldest': 2 },
      },
    },
  },
  { name: 'buffer of one, backpressure', operator: (flow) => flow.buffer(1), model: all, from: identity },
  {
    name: 'buffer by bytes, backpressure',
    operator: (flow) => flow.buffer({ bytes: 40, items: 20, sizeOf: (n: number) => 5 + (n % 3) * 10 }),
    model: all,
    from: identity,
  },
  {
    name: 'buffer of large items by bytes',
    operator: (flow) => flow.buffer({ bytes: 10, items: 4, sizeOf: () => 100 }),
    model: all,
    from: identity,
  },
  {
    name: 'buffer that fails fast',
    operator: (flow) => flow.buffer({ items: 4, failFast: true }),
    model: all,
    from: identity,
    loses: ['failed'],
  },
  { name: 'async', operator: (flow) => flow.async(3), model: all, from: identity },
  {
    name: 'three buffers',
    operator: (flow) =>
      flow
        .buffer(2)
        .map((n) => n)
        .buffer(3)
        .async(2),
    model: all,
    from: identity,
  },
  ...(['drop-oldest', 'drop-newest', 'drop-youngest', 'drop-random', 'drop-all', 'reject'] as const).flatMap(
    (overflow): OperatorSubject[] => [
      {
        name: `buffer, ${overflow}`,
        operator: (flow) => flow.buffer(3, overflow),
        model: all,
        from: identity,
        loses: [overflow],
      },
      {
        name: `buffer by bytes, ${overflow}`,
        operator: (flow) => flow.buffer({ items: 10, bytes: 30, overflow, sizeOf: (n: number) => 5 + (n % 3) * 10 }),
        model: all,
        from: identity,
        loses: [overflow],
      },
    ],
  ),
  {
    name: 'buffer, drop-lowest',
    operator: (flow) => flow.buffer({ items: 3, overflow: 'drop-lowest', level: (n: number) => n % 4 }),
    model: all,
    from: identity,
    loses: ['drop-lowest'],
  },
  {
    name: 'buffer, sample',
    operator: (flow) => flow.buffer({ items: 2, overflow: 'sample', every: 3 }),
    model: all,
    from: identity,
    loses: ['sample'],
  },
  {
    name: 'buffer, latest by key',
    operator: (flow) => flow.buffer({ items: 3, overflow: 'latest', key: (n: number) => n % 4 }),
    model: all,
    order: 'any',
    from: identity,
    loses: ['latest', 'replaced'],
  },
]
