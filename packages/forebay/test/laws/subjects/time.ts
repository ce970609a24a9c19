import { completionTimeout, sampleFirst, skipWithin, takeWithin } from '../../../src/flow/time/spans.ts'
import { delay } from '../../../src/flow/time/delay.ts'
import { initialTimeout } from '../../../src/flow/operators/timeouts.ts'
import { expand, extrapolate } from '../../../src/flow/time/extrapolate.ts'
import { initialDelay } from '../../../src/flow/time/initial-delay.ts'
import { keepAlive } from '../../../src/flow/time/keep-alive.ts'
import { audit, debounce, sample } from '../../../src/flow/time/newest.ts'
import { timeInterval, timestamp } from '../../../src/flow/time/stamps.ts'
import type { OperatorSubject } from '../../../src/testkit/subject.ts'

const identity = (result: number): number[] => [result]

/** When items come: kept for a while, thinned out, cut off by the clock, or marked with the time. */
export const time: readonly OperatorSubject[] = [
  {
    name: 'debounce',
    operator: (flow) => flow.via(debounce(5)),
    model: (items) => items,
    rate: true,
    loses: ['newer'],
    from: identity,
    card: {
      of: 'debounce',
      emits: { data: '-1-2-------3---------|', out: '--------2-------3----|', lost: { newer: 1 } },
      completes: { data: '-1-2|', out: '----(2|)', lost: { newer: 1 } },
      loses: { data: '-12|', demand: '*', upstream: '*', out: '---(2|)', lost: { newer: 1 } },
    },
  },
  {
    name: 'audit',
    operator: (flow) => flow.via(audit(5)),
    model: (items) => items,
    rate: true,
    loses: ['newer'],
    from: identity,
    card: {
      of: 'audit',
      emits: { data: '-1-2-3-4---------|', out: '------3-----4----|', lost: { newer: 2 } },
      completes: { data: '-1-2|', out: '----(2|)', lost: { newer: 1 } },
      loses: { data: '-12|', out: '---(2|)', lost: { newer: 1 } },
    },
  },
  {
    name: 'sample',
    operator: (flow) => flow.via(sample(5)),
    model: (items) => items,
    rate: true,
    loses: ['newer'],
    from: identity,
    card: {
      of: 'sample',
      emits: { data: '-1-2-----------3---|', out: '-----2 13ms (3|)', lost: { newer: 1 } },
      completes: { data: '-1-2|', out: '----(2|)', lost: { newer: 1 } },
      loses: { data: '-12|', out: '---(2|)', lost: { newer: 1 } },
    },
  },
  {
    name: 'sampleFirst',
    operator: (flow) => flow.via(sampleFirst(5)),
    model: (items) => items,
    rate: true,
    loses: ['sampled'],
    from: identity,
    card: {
      of: 'sampleFirst',
      emits: { data: '-1-2---3|', out: '-1-----3|', lost: { sampled: 1 } },
      loses: { data: '12|', out: '1-|', lost: { sampled: 1 } },
    },
  },
  {
    name: 'takeWithin',
    operator: (flow) => flow.via(takeWithin('1h')),
    model: (items) => items,
    from: identity,
    card: {
      of: 'takeWithin',
      emits: { op: (flow) => flow.via(takeWithin(5)), data: '-1-2-3-4', out: '-1-2-|', upstream: '*----!' },
      completes: { op: (flow) => flow.via(takeWithin(5)), data: '-1', demand: '1', out: '-1---|' },
      cancels: { op: (flow) => flow.via(takeWithin(5)), data: '-1', out: '-1---|', upstream: '*----!' },
    },
  },
  {
    name: 'skipWithin',
    operator: (flow) => flow.via(skipWithin(0)),
    model: (items) => items,
    from: identity,
    card: {
      of: 'skipWithin',
      emits: { op: (flow) => flow.via(skipWithin(4)), data: '-1-23|', out: '----3|' },
    },
  },
  {
    name: 'completionTimeout',
    operator: (flow) => flow.via(completionTimeout('1h')),
    model: (items) => items,
    from: identity,
    card: {
      of: 'completionTimeout',
      emits: { op: (flow) => flow.via(completionTimeout(5)), data: '-1-2-|', out: '-1-2-#', error: 'FOREBAY_TIMEOUT' },
      cancels: {
        op: (flow) => flow.via(completionTimeout(5)),
        data: '-1',
        out: '-1---#',
        upstream: '*----!',
        error: 'FOREBAY_TIMEOUT',
      },
    },
  },
  {
    name: 'delay',
    operator: (flow) => flow.via(delay(5, { items: 3 })),
    model: (items) => items,
    from: identity,
    card: {
      of: 'delay',
      emits: { op: (flow) => flow.via(delay(3)), data: '-1-2-|', out: '----1-(2|)' },
      backpressures: {
        op: (flow) => flow.via(delay(3, { items: 1 })),
        data: '12',
        out: '---1--2',
        upstream: '1--1--1',
      },
    },
  },
  {
    name: 'delay by item',
    operator: (flow) => flow.via(delay((n) => (n * 7) % 11, { items: 4 })),
    model: (items) => items,
    from: identity,
  },
  {
    name: 'initialDelay',
    operator: (flow) => flow.via(initialDelay(5)),
    model: (items) => items,
    from: identity,
    card: {
      of: 'initialDelay',
      emits: { op: (flow) => flow.via(initialDelay(3)), data: '12-4|', out: '---(124)|' },
      backpressures: { op: (flow) => flow.via(initialDelay(3)), data: '1', demand: '1', upstream: '---1', out: '---1' },
    },
  },
  {
    name: 'keepAlive',
    operator: (flow) => flow.via(keepAlive('1h', () => 0)),
    model: (items) => items,
    from: identity,
    card: {
      of: 'keepAlive',
      emits: { op: (flow) => flow.via(keepAlive(3, () => 0)), data: '-1------2|', out: '-1--0--02|' },
      backpressures: { op: (flow) => flow.via(keepAlive(3, () => 0)), data: '-----1', demand: '-----1', out: '-----1' },
    },
  },
  {
    name: 'timestamp',
    operator: (flow) => flow.via(timestamp()).map(({ value }) => value),
    model: (items) => items,
    from: identity,
    card: { of: 'timestamp', emits: { data: '-1-2|', out: '-1-2|' } },
  },
  {
    name: 'timeInterval',
    operator: (flow) => flow.via(timeInterval()).map(({ value }) => value),
    model: (items) => items,
    from: identity,
    card: {
      of: 'timeInterval',
      emits: { op: (flow) => flow.via(timeInterval()).map(({ ms }) => ms), data: '-1-2|', out: '-1-2|' },
    },
  },
  {
    name: 'extrapolate',
    operator: (flow) => flow.via(extrapolate(() => [])),
    model: (items) => items,
    from: identity,
    card: {
      of: 'extrapolate',
      emits: {
        op: (flow) => flow.via(extrapolate((n: number) => [n + 1, n + 2])),
        data: '-1---7|',
        demand: '1-1-2-*',
        out: '-12-37(89|)',
      },
      backpressures: { data: '12', demand: '-', upstream: '1' },
    },
  },
  {
    name: 'expand',
    operator: (flow) => flow.via(expand((n) => [n])),
    model: (items) => items,
    from: identity,
    card: {
      of: 'expand',
      emits: {
        op: (flow) => flow.via(expand((n: number) => [n + 1, n + 2])),
        data: '-1---6|',
        demand: '1-1-2-*',
        out: '-23--(78)|',
      },
      backpressures: { data: '12', demand: '-', upstream: '1' },
    },
  },
  {
    name: 'initialTimeout',
    operator: (flow) => flow.via(initialTimeout('1h')),
    model: (items) => items,
    from: identity,
    card: {
      of: 'initialTimeout',
      emits: { op: (flow) => flow.via(initialTimeout(3)), data: '--1------2|', out: '--1------2|' },
      backpressures: { op: (flow) => flow.via(initialTimeout(3)), data: '1', demand: '-----1', out: '-----1' },
      cancels: {
        op: (flow) => flow.via(initialTimeout(3)),
        data: '-----1',
        out: '---#',
        upstream: '*--!',
        error: 'FOREBAY_TIMEOUT',
      },
    },
  },
]
