import { ttl } from '../../../src/flow/ahead/ttl.ts'
import type { LanesIn, LanesOut } from '../../../src/testkit/marbles/marble-run.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const all = (items: readonly number[]): readonly number[] => items
const identity = (result: number): number[] => [result]

/** What a buffer of three leaves of five items that nobody wants yet; by chance, what this seed leaves. */
const kept = {
  'drop-oldest': '345',
  'drop-newest': '123',
  'drop-youngest': '125',
  'drop-random': '245',
  'drop-all': '45',
  reject: '123',
} as const

const leaves = (items: string, reason: string): LanesIn & LanesOut => ({
  data: '12345|',
  demand: '------*',
  out: `------(${items}|)`,
  upstream: '*',
  lost: { [reason]: 5 - items.length },
})

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
      backpressures: [
        { data: '12345|', demand: '-----3', out: '-----(123)', upstream: '2----3' },
        {
          op: (flow) => flow.buffer(2, 'fail'),
          data: '123',
          demand: '-----*',
          out: '-----(12#)',
          upstream: '*-!',
          error: 'FOREBAY_OVERFLOW',
          lost: { fail: 1 },
        },
      ],
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
    card: {
      of: 'Flow.buffer',
      variant: 'bytes',
      // Items of 15, 25, 5 and 15 bytes: credit is for items that surely fit, so what is in comes first.
      emits: { data: '1234|', demand: '------*', out: '------(1234|)' },
    },
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
    card: {
      of: 'Flow.buffer',
      variant: 'failFast',
      emits: { data: '123#', demand: '1------*', out: '1--#', error: 'failed', lost: { failed: 2 } },
    },
  },
  ...(['backpressure', 'drop-oldest', 'latest'] as const).map((overflow): OperatorSubject => ({
    name: `buffer with a ttl, ${overflow}`,
    operator: (flow) => flow.buffer({ items: 4, overflow, key: (n: number) => n % 4, ttl: ttl(6) }),
    model: all,
    order: overflow === 'latest' ? 'any' : 'input',
    rate: true,
    from: identity,
    loses: ['expired', 'drop-oldest', 'latest', 'replaced'],
    card: {
      of: 'Flow.buffer',
      variant: `${overflow} with a ttl`,
      emits: [
        {
          op: (flow) => flow.buffer({ items: 4, overflow, key: (n: number) => n, ttl: ttl(6) }),
          data: '1-2-3---|',
          demand: '--------*',
          out: '--------(3|)',
          lost: { expired: 2 },
        },
        { data: '1234567|', out: '1234567|' },
      ],
    },
  })),
  {
    name: 'async',
    operator: (flow) => flow.async(3),
    model: all,
    from: identity,
    card: {
      of: 'Flow.async',
      emits: { data: '-1-2|', out: '-1-2|' },
      backpressures: { data: '(12345)', demand: '', out: '', upstream: '3', lost: {} },
    },
  },
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
        card: { of: 'Flow.buffer', variant: overflow, emits: leaves(kept[overflow], overflow) },
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
    // Levels 1, 2, 3, 0, 1: the largest number goes first.
    card: { of: 'Flow.buffer', variant: 'drop-lowest', emits: leaves('145', 'drop-lowest') },
  },
  {
    name: 'buffer, sample',
    operator: (flow) => flow.buffer({ items: 2, overflow: 'sample', every: 3 }),
    model: all,
    from: identity,
    loses: ['sample'],
    card: { of: 'Flow.buffer', variant: 'sample', emits: leaves('23', 'sample') },
  },
  {
    name: 'buffer, latest by key',
    operator: (flow) => flow.buffer({ items: 3, overflow: 'latest', key: (n: number) => n % 4 }),
    model: all,
    order: 'any',
    from: identity,
    loses: ['latest', 'replaced'],
    card: {
      of: 'Flow.buffer',
      variant: 'latest',
      emits: {
        data: '12345|',
        demand: '------*',
        out: '------(345|)',
        upstream: '*',
        lost: { latest: 2 },
      },
    },
  },
  {
    name: 'latestBy',
    operator: (flow) => flow.latestBy((n) => n % 4, { max: 3 }),
    model: all,
    order: 'any',
    from: identity,
    loses: ['latest', 'replaced'],
    card: {
      of: 'Flow.latestBy',
      emits: {
        op: (flow) => flow.latestBy((n) => n % 2, { max: 2 }),
        data: '-1-2-3-5|',
        demand: '----------2',
        out: '----------(52|)',
        lost: { replaced: 2 },
      },
      loses: {
        op: (flow) => flow.latestBy((n) => n, { max: 2 }),
        data: '1223|',
        demand: '------*',
        out: '------(23|)',
        lost: { replaced: 1, latest: 1 },
      },
    },
  },
]
