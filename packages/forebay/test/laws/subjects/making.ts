import { expect } from 'vitest'
import { flow } from '../../../src/flow/sources.ts'
import { empty, failed, never } from '../../../src/flow/sources/constant.ts'
import { lazy } from '../../../src/flow/sources/lazy.ts'
import { tick } from '../../../src/flow/sources/tick.ts'
import { fromPromise, unfoldAsync } from '../../../src/flow/sources/unfold-async.ts'
import { unfoldResource } from '../../../src/flow/sources/unfold-resource.ts'
import { cycle, iterate, repeat, unfold } from '../../../src/flow/sources/unfold.ts'
import type { SourceSubject } from '../../../src/testkit/subject.ts'

const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9]
const upTo =
  (last: number) =>
  (n: number): [number, number] | undefined =>
    n > last ? undefined : [n, n + 1]

/** Sources that make their items themselves. */
export const making: readonly SourceSubject[] = [
  {
    name: 'unfold',
    source: () => unfold(1, upTo(9)),
    items: nine,
    endNeedsDemand: true,
    card: {
      of: 'unfold',
      emits: { op: () => unfold(1, upTo(3)), data: [], demand: '-1-2--1', out: '-1-(23)--|' },
      backpressures: async (w) => {
        let calls = 0
        const sink = w.sink<number>()
        w.run(
          unfold(1, (n) => (calls++, [n, n + 1])),
          sink,
        )
        sink.request(2)
        await sink.expectNext(1, 2)
        await sink.expectNothing(10)
        expect(calls).toBe(2)
      },
      completes: { op: () => unfold(1, upTo(1)), data: [], out: '(1|)' },
    },
  },
  {
    name: 'iterate',
    source: () => iterate(1, (n) => n + 1).take(9),
    items: nine,
    card: {
      of: 'iterate',
      emits: { op: () => iterate(1, (n) => n * 2), data: [], demand: '-1-2', out: '-1-(24)' },
      backpressures: async (w) => {
        let calls = 0
        const sink = w.sink<number>()
        w.run(
          iterate(1, (n) => (calls++, n + 1)),
          sink,
        )
        sink.request(2)
        await sink.expectNext(1, 2)
        await sink.expectNothing(10)
        expect(calls).toBe(1)
      },
      completes: { op: () => iterate(1, (n) => n + 1), data: [], demand: '2 1h ', out: '(12)' },
    },
  },
  {
    name: 'repeat',
    source: () => repeat(5).take(7),
    items: [5, 5, 5, 5, 5, 5, 5],
    card: {
      of: 'repeat',
      emits: { op: () => repeat(5), data: [], demand: '-1-2', out: '-5-(55)' },
      completes: { op: () => repeat(5), data: [], demand: '2 1h ', out: '(55)' },
    },
  },
  {
    name: 'cycle',
    source: (bench) => cycle(bench.iterable([1, 2, 3])).take(7),
    items: [1, 2, 3, 1, 2, 3, 1],
    card: {
      of: 'cycle',
      emits: { op: () => cycle([1, 2]), data: [], demand: '-1-4', out: '-1-(2121)' },
      completes: { op: () => cycle([1, 2]), data: [], demand: '3 1h ', out: '(121)' },
    },
  },
  {
    name: 'unfoldAsync',
    source: (bench) => unfoldAsync(1, (n, signal) => bench.work(upTo(9)(n), signal)),
    items: nine,
    endNeedsDemand: true,
    card: {
      of: 'unfoldAsync',
      emits: {
        op: (w) => unfoldAsync(1, (n) => w.delay(2, upTo(2)(n))),
        data: [],
        demand: '-1---2',
        out: '---1---2-|',
      },
      backpressures: {
        op: (w) => unfoldAsync(1, (n) => w.delay(2, upTo(2)(n))),
        data: [],
        demand: '1---1',
        out: '--1---2',
      },
      completes: { op: () => unfoldAsync(1, upTo(1)), data: [], out: '(1|)' },
    },
  },
  {
    name: 'fromPromise',
    source: (bench) => fromPromise((signal) => bench.work(5, signal)).concat(flow(nine)),
    items: [5, ...nine],
    card: {
      of: 'fromPromise',
      emits: { op: (w) => fromPromise(() => w.delay(3, 5)), data: [], demand: '-1', out: '----(5|)' },
      completes: { op: () => fromPromise(Promise.resolve(5)), data: [], demand: '1', out: '(5|)' },
    },
  },
  {
    name: 'unfoldResource',
    source: (bench) =>
      unfoldResource({
        open: (signal) => bench.work({ next: 1, close: bench.open('resource') }, signal),
        read: (resource, signal) => bench.work(resource.next > 9 ? undefined : { value: resource.next++ }, signal),
        close: (resource) => {
          resource.close()
          return bench.work(undefined)
        },
      }),
    items: nine,
    endNeedsDemand: true,
    card: {
      of: 'unfoldResource',
      emits: {
        op: (w) =>
          unfoldResource({
            open: () => w.delay(1, { next: 1 }),
            read: (resource) => (resource.next > 2 ? undefined : w.delay(1, { value: resource.next++ })),
            close: () => {},
          }),
        data: [],
        demand: '1---2',
        out: '--1--(2|)',
      },
      backpressures: {
        op: () => unfoldResource({ open: () => 0, read: () => ({ value: 1 }), close: () => {} }),
        data: [],
        demand: '1--2',
        out: '1--(11)',
      },
      completes: {
        op: (w) => unfoldResource({ open: () => 0, read: () => undefined, close: () => w.delay(2, undefined) }),
        data: [],
        out: '--|',
      },
    },
  },
  {
    name: 'empty',
    source: () => flow(nine).concat(empty<number>()),
    items: nine,
    card: {
      of: 'empty',
      emits: { op: () => empty(), data: [], out: '|' },
      completes: { op: () => empty(), data: [], demand: '---', out: '|' },
    },
  },
  {
    name: 'never',
    source: () => flow(nine).concat(never<number>()).take(9),
    items: nine,
    card: {
      of: 'never',
      emits: { op: () => never(), data: [], demand: '* 1h ', out: '' },
      completes: { op: () => never(), data: [], demand: '* 1h ', out: '' },
    },
  },
  {
    name: 'failed',
    source: () => flow(nine).concat(failed<number>(new Error('failed'))),
    items: nine,
    fails: true,
    card: {
      of: 'failed',
      emits: { op: () => failed(new Error('torn')), data: [], out: '#', error: 'torn' },
      completes: { op: () => failed(new Error('torn')), data: [], demand: '---', out: '#', error: 'torn' },
    },
  },
  {
    name: 'lazy',
    source: (bench) => lazy(() => flow(bench.iterable(nine)).map((n) => n)),
    items: nine,
    endNeedsDemand: true,
    card: {
      of: 'lazy',
      emits: { op: () => lazy(() => flow.range(1, 3)), data: [], demand: '-1-2', out: '-1-(23|)' },
      completes: { op: () => lazy(() => flow.range(1, 1)), data: [], demand: '-1', out: '-(1|)' },
    },
  },
  {
    name: 'lazy, made later',
    source: (bench) => lazy(async () => (await bench.work(undefined), flow(bench.iterable(nine)).map((n) => n))),
    items: nine,
    endNeedsDemand: true,
  },
  {
    name: 'tick',
    source: () => tick(10).take(9),
    items: [0, 1, 2, 3, 4, 5, 6, 7, 8],
    rate: true,
    loses: ['missed'],
    view: (ticks: readonly number[]) =>
      ticks.every((n, at) => at === 0 || n > (ticks[at - 1] as number)) ? [] : ticks,
    card: {
      of: 'tick',
      emits: { op: () => tick(2, { initial: 0 }), data: [], demand: '2', out: '0-1' },
      completes: { op: () => tick('1h'), data: [], demand: '1 2h ', out: ' 1h 0' },
      loses: { op: () => tick(2), data: [], demand: '1------1', out: '--0-----3', lost: { missed: 2 } },
    },
  },
]
