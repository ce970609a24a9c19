import { exhaustMap } from '../../../src/flow/flatten/exhaust-map.ts'
import { flatMapConcat } from '../../../src/flow/flatten/flat-map-concat.ts'
import { flatMapMerge } from '../../../src/flow/flatten/flat-map-merge.ts'
import { switchMap } from '../../../src/flow/flatten/switch-map.ts'
import type { Flow } from '../../../src/flow/flow.ts'
import { flow } from '../../../src/flow/sources.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'
import type { World } from '../../../src/testkit/world.ts'

const twice = (items: readonly number[]): number[] => items.flatMap((n) => [n, n])
const pair = (n: number): Flow<number> => flow([n, n])
/** Three times the item, one every 2 ms from now. */
const thrice =
  (w: World) =>
  (n: number): Flow<number> =>
    flow([n, n, n]).mapAsync((item) => w.delay(2, item))
/** Fails in 3 ms. */
const boom = (w: World): Flow<number> =>
  flow([0]).mapAsync(() => w.delay(3, 0).then(() => Promise.reject(new Error('boom'))))
const identity = (result: number): number[] => [result]

/** A flow for each item: one after the other, several at once, or only one of them. */
export const flattening: readonly OperatorSubject[] = [
  {
    name: 'flatMapConcat',
    operator: (input) => input.via(flatMapConcat(pair)),
    model: twice,
    from: identity,
    card: {
      of: 'flatMapConcat',
      emits: {
        op: (input, w) => input.via(flatMapConcat(thrice(w))),
        data: '12|',
        out: '--1-1-1-2-2-(2|)',
      },
      backpressures: { data: '12', demand: '---1-2', out: '---1-(12)', upstream: '---1-1' },
      completes: { op: (input, w) => input.via(flatMapConcat(thrice(w))), data: '1|', out: '--1-1-(1|)' },
      cancels: {
        op: (input, w) => input.via(flatMapConcat(thrice(w))),
        data: '12',
        demand: '9--!',
        out: '--1',
        upstream: '1--!',
        lost: { cancelled: 1 },
      },
      loses: { op: (input, w) => input.via(flatMapConcat(thrice(w))), data: '1#', out: '--1-1-(1#)' },
    },
  },
  {
    name: 'flatMapMerge',
    operator: (input) => input.via(flatMapMerge(pair, { breadth: 3 })),
    model: twice,
    order: 'any',
    from: identity,
    cutByFailure: true,
    card: {
      of: 'flatMapMerge',
      emits: {
        op: (input, w) => input.via(flatMapMerge(thrice(w), { breadth: 2 })),
        data: '12|',
        out: '--12121(2|)',
      },
      backpressures: [
        { op: (input, w) => input.via(flatMapMerge(thrice(w), { breadth: 2 })), data: '123', out: '--1212123-3-3' },
        { data: '123', demand: '---1', out: '---1', upstream: '---3' },
      ],
      completes: {
        op: (input, w) => input.via(flatMapMerge(thrice(w), { breadth: 2 })),
        data: '1|',
        out: '--1-1-(1|)',
      },
      cancels: {
        op: (input, w) => input.via(flatMapMerge(thrice(w), { breadth: 2 })),
        data: '12',
        demand: '9--!',
        out: '--12',
        upstream: '2--!',
        lost: { cancelled: 2 },
      },
      loses: {
        op: (input, w) => input.via(flatMapMerge((n) => (n === 2 ? boom(w) : thrice(w)(n)), { breadth: 2 })),
        data: '12',
        out: '--1-#',
        error: 'boom',
        lost: { failed: 2 },
      },
    },
  },
  {
    name: 'switchMap',
    operator: (input) => input.via(switchMap((n) => flow([n]))),
    model: (items) => items,
    rate: true,
    from: identity,
    cutByFailure: true,
    loses: ['switched'],
    card: {
      of: 'switchMap',
      emits: {
        op: (input, w) => input.via(switchMap(thrice(w))),
        data: '1--2---|',
        out: '--1--2-2-(2|)',
        lost: { switched: 1 },
      },
      backpressures: { data: '12', demand: '', out: '', upstream: '21', lost: { switched: 1 } },
      completes: [
        { op: (input, w) => input.via(switchMap(thrice(w))), data: '1|', out: '--1-1-(1|)' },
        { data: '1-2|', out: '1-2|' },
      ],
      cancels: {
        op: (input, w) => input.via(switchMap(thrice(w))),
        data: '1',
        demand: '9--!',
        out: '--1',
        upstream: '2--!',
        lost: { cancelled: 1 },
      },
      loses: { data: '12', demand: '---*', out: '---2', lost: { switched: 1 } },
    },
  },
  {
    name: 'exhaustMap',
    operator: (input) => input.via(exhaustMap(pair)),
    model: twice,
    rate: true,
    from: identity,
    cutByFailure: true,
    loses: ['busy'],
    card: {
      of: 'exhaustMap',
      emits: {
        op: (input, w) => input.via(exhaustMap(thrice(w))),
        data: '12-----3|',
        out: '--1-1-1--3-3-(3|)',
        lost: { busy: 1 },
      },
      backpressures: { data: '12', demand: '', out: '', upstream: '21', lost: { busy: 1 } },
      completes: { op: (input, w) => input.via(exhaustMap(thrice(w))), data: '1|', out: '--1-1-(1|)' },
      cancels: {
        op: (input, w) => input.via(exhaustMap(thrice(w))),
        data: '1',
        demand: '9--!',
        out: '--1',
        upstream: '2--!',
        lost: { cancelled: 1 },
      },
      loses: { data: '12', demand: '---*', out: '---(11)', lost: { busy: 1 } },
    },
  },
]
