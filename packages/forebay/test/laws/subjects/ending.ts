import { expect } from 'vitest'
import { count, sum, toArray } from '../../../src/flow/operators/reduce.ts'
import { takeUntil } from '../../../src/flow/operators/take.ts'
import { lazySink } from '../../../src/flow/sinks/lazy-sink.ts'
import { pullSink } from '../../../src/flow/sinks/pull-sink.ts'
import { resultOf } from '../../../src/flow/sinks/result-of.ts'
import { cancelledSink, combineSinks, contramapSink, ignoreSink } from '../../../src/flow/sinks/simple-sinks.ts'
import type { SinkSubject } from '../../../src/testkit/subject.ts'

const total = (items: readonly number[]): number => items.reduce((left, right) => left + right, 0)
const failing = (n: number): number => {
  if (n === 2) throw new Error('two')
  return n
}

/** Sinks that are functions over flows: attached with `.via(sink)`, or as branches of `broadcast`. */
export const ending: readonly SinkSubject[] = [
  {
    name: 'resultOf',
    sink: (flow) => flow.via(resultOf(toArray(20_000))),
    model: (items) => items,
    card: {
      of: 'resultOf',
      emits: { op: (flow) => flow.via(resultOf(count())), data: '-1-1|', upstream: '*', result: 2 },
      backpressures: {
        op: (flow, w) => flow.via(resultOf((items) => items.mapAsync((n) => w.delay(2, n), { concurrency: 1 }))),
        data: '(12)--|',
        upstream: '1-1',
        result: 2,
      },
      completes: { op: (flow) => flow.via(resultOf(sum())), data: '-1-2|', result: 3 },
      cancels: { op: (flow) => flow.via(resultOf(takeUntil((n) => n === 1))), data: '-1-2', upstream: '*!', result: 1 },
      loses: {
        op: (flow) => flow.via(resultOf((items) => items.map(failing).via(count()))),
        data: '-1-2',
        error: 'two',
        lost: { failed: 1 },
      },
    },
  },
  {
    name: 'ignoreSink',
    sink: (flow) => flow.via(combineSinks(resultOf(toArray(20_000)), ignoreSink())),
    model: (items) => [items, undefined],
    card: {
      of: 'ignoreSink',
      emits: { op: (flow) => flow.via(ignoreSink()), data: '-1-2|', upstream: '*', result: undefined },
      backpressures: { op: (flow) => flow.via(ignoreSink()), data: '(123)|', upstream: '*' },
      completes: { op: (flow) => flow.via(ignoreSink()), data: '-1|', result: undefined },
      cancels: async (w) => {
        const source = w.source<number>()
        const run = w.run(source.flow.via(ignoreSink()))
        run.cancel('enough')
        await source.expectCancel('enough')
      },
    },
  },
  {
    name: 'cancelledSink',
    sink: (flow) => flow.via(combineSinks(cancelledSink(), resultOf(toArray(20_000)))),
    model: (items) => [undefined, items],
    card: {
      of: 'cancelledSink',
      emits: { op: (flow) => flow.via(cancelledSink()), data: '-1|', upstream: '!', result: undefined },
      backpressures: { op: (flow) => flow.via(cancelledSink()), data: '123', upstream: '!' },
      completes: { op: (flow) => flow.via(cancelledSink()), data: '---', result: undefined },
      cancels: { op: (flow) => flow.via(cancelledSink()), data: '---', upstream: '!' },
    },
  },
  {
    name: 'combineSinks',
    sink: (flow) => flow.via(combineSinks(resultOf(sum()), resultOf(count()), resultOf(toArray(20_000)))),
    model: (items) => [total(items), items.length, items],
    card: {
      of: 'combineSinks',
      emits: {
        op: (flow) => flow.via(combineSinks(resultOf(sum()), resultOf(count()))),
        data: '-3-4|',
        result: [7, 2],
      },
      backpressures: {
        op: (flow, w) => flow.via(combineSinks((items) => items.to(() => w.delay(3)), resultOf(count()))),
        data: '(12)|',
        upstream: '1--1',
        result: [2, 2],
      },
      completes: {
        op: (flow) => flow.via(combineSinks(resultOf(takeUntil((n) => n === 3)), resultOf(count()))),
        data: '-3-4|',
        result: [3, 2],
      },
      cancels: {
        op: (flow) => flow.via(combineSinks(cancelledSink(), resultOf(takeUntil((n) => n === 3)))),
        data: '-3-4',
        upstream: '(16)!',
        result: [undefined, 3],
      },
      loses: {
        op: (flow) => flow.via(combineSinks(contramapSink(failing, resultOf(count())), resultOf(count()))),
        data: '-2',
        error: 'two',
        lost: { failed: 1 },
      },
    },
  },
  {
    name: 'contramapSink',
    sink: (flow) => flow.via(contramapSink((n: number) => n * 2, resultOf(toArray(20_000)))),
    model: (items) => items.map((n) => n * 2),
    card: {
      of: 'contramapSink',
      emits: { op: (flow) => flow.via(contramapSink((n: number) => n * 2, resultOf(sum()))), data: '-1-2|', result: 6 },
      backpressures: {
        op: (flow, w) =>
          flow.via(
            contramapSink(
              (n) => n,
              (items) => items.to(() => w.delay(2)),
            ),
          ),
        data: '(12)|',
        upstream: '1-1',
        result: 2,
      },
      completes: { op: (flow) => flow.via(contramapSink((n) => n, resultOf(count()))), data: '-1|', result: 1 },
      cancels: {
        op: (flow) => flow.via(contramapSink(failing, resultOf(count()))),
        data: '-1-2',
        upstream: '*--!',
        error: 'two',
        lost: { failed: 1 },
      },
      loses: {
        op: (flow) => flow.via(contramapSink(failing, resultOf(count()))),
        data: '-2',
        error: 'two',
        lost: { failed: 1 },
      },
    },
  },
  {
    name: 'lazySink',
    sink: (flow, bench) =>
      flow.via(
        lazySink(
          () => {
            const close = bench.open('lazy')
            return bench.work({ write: (n: number, signal: AbortSignal) => bench.work(n, signal), close })
          },
          { concurrency: 2 },
        ),
      ),
    model: (items) => items.length,
    card: {
      of: 'lazySink',
      emits: {
        op: (flow, w) => flow.via(lazySink(() => w.delay(2, () => {}))),
        data: '12|',
        upstream: '1-2',
        result: 2,
      },
      backpressures: {
        op: (flow, w) => flow.via(lazySink(() => () => w.delay(3), { concurrency: 2 })),
        data: '(1234)-|',
        upstream: '2--2',
        result: 4,
      },
      completes: async (w) => {
        const source = w.source<number>()
        let closes = 0
        const run = w.run(source.flow.via(lazySink(() => ({ write: () => {}, close: () => void closes++ }))))
        source.send(1)
        source.complete()
        expect(await run.done).toBe(1)
        expect(closes).toBe(1)
      },
      cancels: {
        op: (flow) =>
          flow.via(
            lazySink(() => {
              throw new Error('no file')
            }),
          ),
        data: '-1-2',
        upstream: '1!',
        error: 'no file',
        lost: { failed: 1 },
      },
      loses: { op: (flow) => flow.via(lazySink(() => failing)), data: '12', error: 'two', lost: { failed: 1 } },
    },
  },
  {
    name: 'pullSink',
    sink: (flow, bench) =>
      flow.via(
        pullSink(async (items, signal) => {
          const seen: number[] = []
          for (;;) {
            const three = await Promise.all([items.next(), items.next(), items.next()])
            for (const { done, value } of three) if (done !== true) seen.push(await bench.work(value, signal))
            if (three.some(({ done }) => done)) return seen
          }
        }),
      ),
    model: (items) => items,
    card: {
      of: 'pullSink',
      emits: {
        op: (flow, w) =>
          flow.via(
            pullSink(async (items) => {
              let all = 0
              for await (const n of items) all += await w.delay(2, n)
              return all
            }),
          ),
        data: '-1-2|',
        upstream: '1--1',
        result: 3,
      },
      backpressures: {
        op: (flow, w) =>
          flow.via(
            pullSink(async (items) => {
              await w.delay(3)
              return (await items.next()).value
            }),
          ),
        data: '12',
        upstream: '---(1!)',
        result: 1,
      },
      completes: { op: (flow) => flow.via(pullSink(() => 7)), data: '-1', result: 7 },
      cancels: { op: (flow) => flow.via(pullSink(() => 7)), data: '-1', upstream: '!', result: 7 },
      loses: {
        op: (flow) =>
          flow.via(
            pullSink(async (items) => {
              for await (const n of items) failing(n)
            }),
          ),
        data: '-1-2',
        error: 'two',
        lost: { cancelled: 1 },
      },
    },
  },
]
