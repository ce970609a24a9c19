import type { Flow } from '../../../src/flow/flow.ts'
import { flow } from '../../../src/flow/sources.ts'
import { reduce } from '../../../src/flow/operators/reduce.ts'
import { groupBy, type GroupByOptions } from '../../../src/flow/substreams/group-by.ts'
import { flatMapPrefix } from '../../../src/flow/substreams/flat-map-prefix.ts'
import { splitAfter, splitWhen } from '../../../src/flow/substreams/split.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'
import type { World } from '../../../src/testkit/world.ts'

const identity = (result: number): number[] => [result]
const parity = (n: number): number => n % 2
const byParity = (
  options: Partial<GroupByOptions<number, number>> = {},
  body: (group: Flow<number>, key: number) => Flow<number> = (group) => group,
): ((input: Flow<number>) => Flow<number>) => groupBy({ key: parity, groups: 2, items: 4, ...options }, body)
/** Odd numbers take 3 ms, even ones none. */
const slowOdd =
  (w: World) =>
  (group: Flow<number>, key: number): Flow<number> =>
    key === 1 ? group.mapAsync((n) => w.delay(3, n) as Promise<number>) : group

const third = (n: number): boolean => n % 3 === 0
const total = (part: Flow<number>): Flow<number> => part.via(reduce((sum, n) => sum + n, 0))
/** The sum of a part, after work of 3 ms. */
const slowTotal =
  (w: World) =>
  (part: Flow<number>): Flow<number> =>
    total(part).mapAsync((n) => w.delay(3, n) as Promise<number>)

/** Parts of a flow as flows of their own: by key, by a cut, or the rest behind a beginning. */
export const substreams: readonly OperatorSubject[] = [
  {
    name: 'groupBy',
    operator: (input) => input.via(byParity()),
    model: (items) => items,
    order: parity,
    from: identity,
    card: {
      of: 'groupBy',
      emits: { op: (input, w) => input.via(byParity({}, slowOdd(w))), data: '1234|', out: '-2-(14)--(3|)' },
      backpressures: {
        op: (input, w) => input.via(byParity({ items: 1 }, slowOdd(w))),
        data: '13524',
        out: '---1--(324)--5',
      },
      completes: {
        op: (input) => input.via(byParity({}, (group) => group.via(reduce((sum, n) => sum + n, 0)))),
        data: '1234|',
        out: '----(46|)',
      },
      cancels: { data: '12', demand: '1-!', out: '1', upstream: '51!', lost: { cancelled: 1 } },
      loses: [
        {
          op: (input) => input.via(byParity({}, (group) => group.take(1))),
          data: '123|',
          out: '123|',
        },
        {
          op: (input) => input.via(byParity({ groups: 1, overflow: 'drop-newest' })),
          data: '123|',
          out: '1-3|',
          lost: { 'drop-newest': 1 },
        },
        {
          op: (input) => input.via(byParity({ groups: 1 })),
          data: '12',
          out: '1#',
          error: 'FOREBAY_OVERFLOW',
          lost: { failed: 1 },
        },
      ],
    },
  },
  {
    name: 'splitWhen',
    operator: (input) => input.via(splitWhen(third, (part) => part)),
    model: (items) => items,
    from: identity,
    card: {
      of: 'splitWhen',
      emits: {
        op: (input) => input.via(splitWhen(third, total)),
        data: '123456|',
        out: '--3--C(6|)',
        values: { C: 12 },
      },
      backpressures: [
        { data: '1234', demand: '---1-2', out: '---1-(23)', upstream: '---1-2' },
        {
          op: (input, w) => input.via(splitWhen(third, slowTotal(w))),
          data: '12345|',
          out: '-----3--(C|)',
          values: { C: 12 },
        },
      ],
      completes: { op: (input, w) => input.via(splitWhen(third, slowTotal(w))), data: '12|', out: '-----(3|)' },
      cancels: { data: '12', demand: '1-!', out: '1', upstream: '1-!' },
      loses: {
        op: (input) => input.via(splitWhen(third, (part) => part.take(1))),
        data: '1234|',
        out: '1-3-|',
        lost: { 'part-closed': 2 },
      },
    },
  },
  {
    name: 'splitAfter',
    operator: (input) => input.via(splitAfter(third, (part) => part)),
    model: (items) => items,
    from: identity,
    card: {
      of: 'splitAfter',
      emits: {
        op: (input) => input.via(splitAfter(third, total)),
        data: '123456|',
        out: '--6--F|',
        values: { F: 15 },
      },
      backpressures: [
        { data: '1234', demand: '---1-2', out: '---1-(23)', upstream: '---1-2' },
        { op: (input, w) => input.via(splitAfter(third, slowTotal(w))), data: '1234|', out: '-----6--(4|)' },
      ],
      completes: { op: (input, w) => input.via(splitAfter(third, slowTotal(w))), data: '12|', out: '-----(3|)' },
      cancels: { data: '12', demand: '1-!', out: '1', upstream: '1-!' },
      loses: {
        op: (input) => input.via(splitAfter(third, (part) => part.take(1))),
        data: '1234|',
        out: '1--4|',
        lost: { 'part-closed': 2 },
      },
    },
  },
  {
    name: 'flatMapPrefix',
    operator: (input) => input.via(flatMapPrefix(1, (_, rest) => rest)),
    model: (items) => items.slice(1),
    cutByFailure: true,
    card: {
      of: 'flatMapPrefix',
      emits: {
        op: (input) => input.via(flatMapPrefix(2, (prefix, rest) => flow(prefix).concat(rest))),
        data: '1234|',
        out: '-(12)34|',
      },
      completes: [
        {
          op: (input) => input.via(flatMapPrefix(2, (prefix, rest) => rest.map((n) => n * (prefix[0] ?? 0)))),
          data: '2134|',
          out: '--68|',
        },
        {
          op: (input) => input.via(flatMapPrefix(2, (prefix, rest) => flow(prefix).concat(rest))),
          data: '1|',
          out: '-(1|)',
        },
        {
          op: (input) => input.via(flatMapPrefix(2, ([a = 0]) => flow([a]))),
          data: '123',
          out: '-(1|)',
          upstream: '2!',
        },
      ],
      cancels: [
        {
          op: (input) => input.via(flatMapPrefix(1, (prefix, rest) => rest.take(1))),
          data: '123',
          out: '-(2|)',
          upstream: '(65)!',
        },
      ],
      loses: [
        {
          op: (input) => input.via(flatMapPrefix(2, (_, rest) => rest)),
          data: '1#',
          out: '-#',
          error: 'failed',
          lost: { failed: 1 },
        },
      ],
    },
  },
]
