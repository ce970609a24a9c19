import { elementAt, every, find, findIndex, includes, isEmpty, some } from '../../../src/flow/operators/deciding.ts'
import { defaultIfEmpty, single, throwIfEmpty } from '../../../src/flow/operators/presence.ts'
import type { Ended, OperatorSubject } from '../../../src/testkit/subject.ts'

const identity = (result: number): number[] => [result]
/** What comes when the input fails: the answer, if an item has given it. */
const decidedBy =
  (isDecided: (items: readonly number[]) => boolean, answer: (items: readonly number[]) => unknown) =>
  (items: readonly number[]): Ended =>
    isDecided(items) ? { items: [answer(items)], ends: 'completed' } : { items: [], ends: 'failed' }
const hasThree = (items: readonly number[]): boolean => items.includes(3)
const isThree = (n: number): boolean => n === 3

/** Answers about a flow, as soon as they are known, and what is said of a flow that has no items, or too many. */
export const answers: readonly OperatorSubject[] = [
  {
    name: 'find',
    operator: (flow) => flow.via(find(isThree)),
    model: (items) => items.filter(isThree),
    failed: decidedBy(hasThree, () => 3),
    from: identity,
    card: {
      of: 'find',
      emits: { data: '-1-3-3|', out: '---(3|)' },
      completes: [
        { data: '-1-3-3|', demand: '1', out: '---(3|)' },
        { data: '-1|', out: '--|' },
      ],
      cancels: [
        { data: '-1-3-3', upstream: '*--!' },
        { data: '-1', demand: '*-!', upstream: '*-!' },
      ],
    },
  },
  {
    name: 'findIndex',
    operator: (flow) => flow.via(findIndex(isThree)),
    model: (items) => [items.indexOf(3)],
    failed: decidedBy(hasThree, () => 2),
    endNeedsDemand: true,
    card: {
      of: 'findIndex',
      emits: [
        { data: '-1-3-3|', out: '---(1|)' },
        { data: '-1|', values: { N: -1 }, out: '--(N|)' },
      ],
      completes: { data: '-3|', demand: '1', out: '-(0|)' },
      cancels: { data: '-3-3', upstream: '*!' },
    },
  },
  {
    name: 'elementAt',
    operator: (flow) => flow.via(elementAt(2)),
    model: (items) => items.slice(2, 3),
    failed: decidedBy(hasThree, () => 3),
    from: identity,
    card: {
      of: 'elementAt',
      emits: { op: (flow) => flow.via(elementAt(1)), data: '-5-6-7|', out: '---(6|)' },
      completes: [
        { op: (flow) => flow.via(elementAt(1)), data: '-5-6-7', demand: '1', out: '---(6|)' },
        { data: '-5|', out: '--|' },
      ],
      cancels: [
        { op: (flow) => flow.via(elementAt(1)), data: '-5-6-7', upstream: '*--!' },
        { data: '-1', demand: '*-!', upstream: '*-!' },
      ],
    },
  },
  {
    name: 'every',
    operator: (flow) => flow.via(every((n) => n < 3)),
    model: (items) => [!hasThree(items)],
    failed: decidedBy(hasThree, () => false),
    endNeedsDemand: true,
    card: {
      of: 'every',
      emits: [
        { data: '-1-3-4|', values: { F: false }, out: '---(F|)' },
        { data: '-1|', values: { T: true }, out: '--(T|)' },
      ],
      completes: { data: '|', values: { T: true }, out: '(T|)' },
      cancels: { data: '-1-3-4', upstream: '*--!' },
    },
  },
  {
    name: 'some',
    operator: (flow) => flow.via(some(isThree)),
    model: (items) => [hasThree(items)],
    failed: decidedBy(hasThree, () => true),
    endNeedsDemand: true,
    card: {
      of: 'some',
      emits: [
        { data: '-1-3-4|', values: { T: true }, out: '---(T|)' },
        { data: '-1|', values: { F: false }, out: '--(F|)' },
      ],
      completes: { data: '|', values: { F: false }, out: '(F|)' },
      cancels: { data: '-1-3-4', upstream: '*--!' },
    },
  },
  {
    name: 'includes',
    operator: (flow) => flow.via(includes(3)),
    model: (items) => [hasThree(items)],
    failed: decidedBy(hasThree, () => true),
    endNeedsDemand: true,
    card: {
      of: 'includes',
      emits: [
        { data: '-1-3-4|', values: { T: true }, out: '---(T|)' },
        { data: '-1|', values: { F: false }, out: '--(F|)' },
      ],
      completes: { data: '|', values: { F: false }, out: '(F|)' },
      cancels: { data: '-1-3-4', upstream: '*--!' },
    },
  },
  {
    name: 'isEmpty',
    operator: (flow) => flow.via(isEmpty()),
    model: (items) => [items.length === 0],
    failed: decidedBy(
      (items) => items.length > 0,
      () => false,
    ),
    endNeedsDemand: true,
    card: {
      of: 'isEmpty',
      emits: [
        { data: '-1-3|', values: { F: false }, out: '-(F|)' },
        { data: '-|', values: { T: true }, out: '-(T|)' },
      ],
      completes: { data: '-1', values: { F: false }, out: '-(F|)' },
      cancels: { data: '-1-3', upstream: '*!' },
    },
  },
  {
    name: 'defaultIfEmpty',
    operator: (flow) => flow.via(defaultIfEmpty(-1)),
    model: (items) => (items.length === 0 ? [-1] : items),
    failed: (items) => ({ items, ends: 'failed' }),
    from: (n: number) => (n === -1 ? [] : [n]),
    endNeedsDemand: true,
    card: {
      of: 'defaultIfEmpty',
      emits: [
        { op: (flow) => flow.via(defaultIfEmpty(7)), data: '-|', out: '-(7|)' },
        { data: '-1|', out: '-1|' },
      ],
      completes: [
        { op: (flow) => flow.via(defaultIfEmpty(7)), data: '|', demand: '--1', out: '--(7|)' },
        { data: '-1|', demand: '1', out: '-1|' },
      ],
    },
  },
  {
    name: 'throwIfEmpty',
    operator: (flow) =>
      flow
        .skip(1)
        .via(throwIfEmpty())
        .recover(() => -1),
    model: (items) => (items.length < 2 ? [-1] : items.slice(1)),
    failed: (items) => ({ items: [...items.slice(1), -1], ends: 'completed' }),
    from: (n: number) => (n === -1 ? [] : [n]),
    endNeedsDemand: true,
    card: {
      of: 'throwIfEmpty',
      emits: { op: (flow) => flow.via(throwIfEmpty()), data: '-1-2|', out: '-1-2|' },
      completes: [
        { op: (flow) => flow.via(throwIfEmpty()), data: '-1|', demand: '1', out: '-1|' },
        { op: (flow) => flow.via(throwIfEmpty()), data: '-|', demand: '', out: '-#', error: 'FOREBAY_EMPTY' },
      ],
    },
  },
  {
    name: 'single of several',
    operator: (flow) => flow.via(defaultIfEmpty(0)).via(single()),
    model: (items) => (items.length > 1 ? [] : [items[0] ?? 0]),
    stopsAt: 2,
    failed: () => ({ items: [], ends: 'failed' }),
    from: (n: number) => (n === 0 ? [] : [n]),
    endNeedsDemand: true,
  },
  {
    name: 'single',
    operator: (flow) => flow.filter(isThree).via(defaultIfEmpty(0)).via(single()),
    model: (items) => [hasThree(items) ? 3 : 0],
    failed: () => ({ items: [], ends: 'failed' }),
    from: (n: number) => (n === 0 ? [] : [n]),
    endNeedsDemand: true,
    card: {
      of: 'single',
      emits: { op: (flow) => flow.via(single()), data: '-5-|', out: '---(5|)' },
      cancels: {
        op: (flow) => flow.via(single()),
        data: '-5-6-7',
        out: '---#',
        upstream: '*--!',
        lost: { cancelled: 1, failed: 1 },
        error: 'FOREBAY_OVERFLOW',
      },
    },
  },
]
