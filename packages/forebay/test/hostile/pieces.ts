import * as op from '../../src/flow/operators.ts'
import { firehose } from '../../src/flow/firehose.ts'
import type { Flow } from '../../src/flow/flow.ts'
import type { Program } from '../../src/flow/program.ts'
import { flow } from '../../src/flow/sources.ts'

/** A function that is asked for something and does what no one expects. */
export type Hostile = (...args: any[]) => any

/** Flows and programs that call `f`; the input is a flow of five items, for those that have one. */
export type UsesCallback = (f: Hostile, input: Flow<any>) => Flow<any> | Program<any>

const same = (value: unknown): unknown => value
const no = (): void => {}
const torn = (input: Flow<any>): Flow<any> => input.concat(op.failed(new Error('torn')))

/**
 * Every public function that takes a function of its user, by the name that its card has, with `f` in each place where
 * one may stand. What is not here must be in {@link withoutItems}.
 */
export const pieces: Readonly<Record<string, readonly UsesCallback[]>> = {
  'Flow.map': [(f, input) => input.map(f)],
  'Flow.filter': [(f, input) => input.filter(f)],
  'Flow.tap': [(f, input) => input.tap(f)],
  'Flow.takeWhile': [(f, input) => input.takeWhile(f)],
  'Flow.distinct': [(f, input) => input.distinct({ max: 2, by: f })],
  'Flow.distinctUntilChanged': [(f, input) => input.distinctUntilChanged(f)],
  'Flow.scan': [(f, input) => input.scan(f, 0), (f, input) => input.scan(same, f)],
  'Flow.flatMap': [(f, input) => input.flatMap(f), (f, input) => input.flatMap(() => ({ [Symbol.iterator]: f }))],
  'Flow.batch': [(f, input) => input.batch({ items: 2, bytes: 9, within: 5, sizeOf: f })],
  'Flow.buffer': [
    (f, input) => input.buffer({ items: 2, bytes: 9, sizeOf: f }),
    (f, input) => input.buffer({ items: 2, overflow: 'latest', key: f }),
    (f, input) => input.buffer({ items: 2, overflow: 'drop-lowest', level: f }),
    (f, input) => input.buffer({ items: 1, overflow: 'drop-oldest', onDrop: f }).async(),
  ],
  'Flow.latestBy': [(f, input) => input.latestBy(f, { max: 2 })],
  'Flow.mapAsync': [
    (f, input) => input.mapAsync(f, { concurrency: 2 }),
    (f, input) => input.mapAsync(f, { concurrency: 2, timeout: 5, retry: 1, onError: 'resume' }),
    (f, input) => input.mapAsync(same, { concurrency: 2, order: f }),
    (f, input) => input.mapAsync(failing, { retry: { max: 1, when: f } }),
    (f, input) => input.mapAsync(failing, { retry: { max: 1, backoff: f } }),
    (f, input) => input.mapAsync(failing, { fallback: f }),
  ],
  'Flow.mapBatches': [
    (f, input) => input.mapBatches(f, { items: 2 }),
    (f, input) => input.mapBatches(failing, { items: 2, fallback: f }),
  ],
  'Flow.recover': [(f, input) => torn(input).recover(f)],
  'Flow.recoverWith': [(f, input) => torn(input).recoverWith(f)],
  'Flow.partition': [
    (f, input) =>
      input.partition(
        f,
        (a) => a.to(no),
        (b) => b.to(no),
      ),
  ],
  'Flow.divert': [(f, input) => input.divert(f, (a) => a.to(no))],
  'Flow.wiretap': [(f, input) => input.wiretap(f)],
  'Flow.to': [
    (f, input) => input.to(f, { concurrency: 2 }),
    (f, input) => input.to({ write: no, close: f }),
    (f, input) => input.to({ open: f }),
  ],
  'Firehose.latestBy': [(f) => feed().latestBy(f, { max: 2 })],
  'Firehose.buffer': [(f) => feed().buffer({ items: 2, overflow: 'drop-oldest', onDrop: f })],
  filterMap: [(f, input) => input.via(op.filterMap(f))],
  filterNot: [(f, input) => input.via(op.filterNot(f))],
  mapIndexed: [(f, input) => input.via(op.mapIndexed(f))],
  statefulMap: [
    (f, input) => input.via(op.statefulMap({ create: f, map: same })),
    (f, input) => input.via(op.statefulMap({ create: no, map: f })),
    (f, input) => input.via(op.statefulMap({ create: no, map: same, last: f })),
  ],
  mapAccumulate: [(f, input) => input.via(op.mapAccumulate(f, 0)), (f, input) => input.via(op.mapAccumulate(pair, f))],
  atMostWeight: [(f, input) => input.via(op.atMostWeight(9, f))],
  skipWhile: [(f, input) => input.via(op.skipWhile(f))],
  takeUntil: [(f, input) => input.via(op.takeUntil(f))],
  batchBy: [(f, input) => input.via(op.batchBy(f, { items: 2 }))],
  batchWeighted: [(f, input) => input.via(op.batchWeighted(f, { weight: 3, items: 2, within: 5 }))],
  countUntilChanged: [(f, input) => input.via(op.countUntilChanged(f))],
  min: [(f, input) => input.via(op.min(f))],
  max: [(f, input) => input.via(op.max(f))],
  reduce: [(f, input) => input.via(op.reduce(f, 0)), (f, input) => input.via(op.reduce(same, f))],
  reduceWhile: [
    (f, input) => input.via(op.reduceWhile(f, 0, () => true)),
    (f, input) => input.via(op.reduceWhile(same, 0, f)),
  ],
  sum: [(f, input) => input.via(op.sum(f))],
  find: [(f, input) => input.via(op.find(f))],
  findIndex: [(f, input) => input.via(op.findIndex(f))],
  every: [(f, input) => input.via(op.every(f))],
  some: [(f, input) => input.via(op.some(f))],
  throwIfEmpty: [(f, input) => input.take(0).via(op.throwIfEmpty(f))],
  flatMapConcat: [(f, input) => input.via(op.flatMapConcat(f))],
  flatMapMerge: [(f, input) => input.via(op.flatMapMerge(f, { breadth: 2 }))],
  switchMap: [(f, input) => input.via(op.switchMap(f))],
  exhaustMap: [(f, input) => input.via(op.exhaustMap(f))],
  flatMapPrefix: [(f, input) => input.via(op.flatMapPrefix(2, f))],
  groupBy: [
    (f, input) => input.via(op.groupBy({ key: f, groups: 9 }, (group) => group)),
    (f, input) => input.via(op.groupBy({ key: same, groups: 9 }, f)),
  ],
  splitWhen: [(f, input) => input.via(op.splitWhen(f, (part) => part)), (f, input) => input.via(op.splitWhen(yes, f))],
  splitAfter: [
    (f, input) => input.via(op.splitAfter(f, (part) => part)),
    (f, input) => input.via(op.splitAfter(yes, f)),
  ],
  mergeSorted: [(f, input) => op.mergeSorted([input, flow([1, 2])], f)],
  mergeSequence: [(f, input) => op.mergeSequence([input, flow([9])], f)],
  zipWith: [(f, input) => op.zipWith([input, flow([1, 2])], f)],
  watch: ['onStart', 'onItem', 'onComplete', 'onError', 'onCancel', 'onEnd'].flatMap((hook) => [
    (f: Hostile, input: Flow<any>) => input.via(op.watch({ [hook]: f })),
    (f: Hostile, input: Flow<any>) => torn(input).via(op.watch({ [hook]: f })),
    (f: Hostile, input: Flow<any>) => input.via(op.watch({ [hook]: f })).take(1),
  ]),
  checkItems: [(f, input) => input.via(op.checkItems(f)), (f, input) => input.via(op.checkItems(no, f))],
  delay: [(f, input) => input.via(op.delay(f))],
  extrapolate: [(f, input) => input.via(op.extrapolate(f)).take(9)],
  expand: [(f, input) => input.via(op.expand(f)).take(9)],
  keepAlive: [(f, input) => input.concat(op.never()).via(op.keepAlive(5, f)).take(9)],
  mapError: [(f, input) => torn(input).via(op.mapError(f))],
  onErrorComplete: [(f, input) => torn(input).via(op.onErrorComplete(f))],
  mapWithResource: [
    (f, input) => input.via(op.mapWithResource({ open: f, map: same, close: no })),
    (f, input) => input.via(op.mapWithResource({ open: no, map: f, close: no })),
    (f, input) => input.via(op.mapWithResource({ open: no, map: same, close: f })),
  ],
  using: [
    (f, input) => op.using({ open: f, use: () => input, close: no }),
    (f) => op.using({ open: no, use: f, close: no }),
    (f, input) => op.using({ open: no, use: () => input, close: f }),
  ],
  restart: [
    (f) => op.restart(f, { max: 2, backoff: 1 }),
    (f, input) => op.restart(() => torn(input), { max: 2, backoff: 1, when: f }),
  ],
  restartVia: [
    (f, input) => input.via(op.restartVia(f, { max: 2, backoff: 1 })),
    (f, input) => input.via(op.restartVia((items) => items.map(failing), { max: 2, backoff: 1, when: f })),
  ],
  retryEach: [
    (f, input) => input.via(op.retryEach(f, { max: 1, backoff: 1 })),
    (f, input) => input.via(op.retryEach((one) => one.map(f), { max: 1, backoff: 1, breadth: 2, onError: 'resume' })),
    (f, input) => input.via(op.retryEach((one) => one.map(failing), { max: 1, backoff: 1, when: f })),
  ],
  supervise: [
    (f, input) =>
      input.via(
        op.supervise(
          (items) => items.map(f),
          () => 'resume',
        ),
      ),
    (f, input) =>
      input.via(
        op.supervise(
          (items) => items.scan(f, 0),
          () => 'restart',
        ),
      ),
    (f, input) => input.via(op.supervise((items) => items.map(failing), f)),
  ],
  conflate: [
    (f, input) => input.via(op.conflate({ seed: f, fold: same, max: 3 })),
    (f, input) => input.via(op.conflate({ seed: same, fold: f, max: 3 })).mapAsync(soon),
    (f, input) => input.via(op.conflate({ seed: same, fold: same, max: 3, weight: 2, weightOf: f })).mapAsync(soon),
  ],
  scanAsync: [(f, input) => input.via(op.scanAsync(f, 0))],
  reduceAsync: [(f, input) => input.via(op.reduceAsync(f, 0))],
  mapAsyncPartitioned: [
    (f, input) => input.via(op.mapAsyncPartitioned(f, { partition: same, concurrency: 2 })),
    (f, input) => input.via(op.mapAsyncPartitioned(same, { partition: f, concurrency: 2 })),
  ],
  parseJson: [(f, input) => input.map(String).via(op.parseJson({ validate: f }))],
  aggregateWithBoundary: [
    (f, input) => input.via(op.aggregateWithBoundary({ seed: f, fold: same, items: 2 })),
    (f, input) => input.via(op.aggregateWithBoundary({ seed: same, fold: f, items: 3 })),
    (f, input) => input.via(op.aggregateWithBoundary({ seed: same, fold: same, isFull: f, items: 3 })),
  ],
  windowByTime: [
    (f, input) => input.via(op.windowByTime({ size: 2, timestamp: f, maxOpen: 2 })),
    (f, input) =>
      input
        .via(op.skipLast(1))
        .concat(flow([0]))
        .via(op.windowByTime({ size: 1, timestamp: (n) => n, maxOpen: 2, onLate: f })),
  ],
  priorityBuffer: [(f, input) => input.via(op.priorityBuffer({ items: 2, level: f }))],
  withContext: [
    (f, input) => input.via(op.withContext(f)),
    (f, input) => input.via(op.withContext(same, { merge: f })).batch(2),
    (f, input) => input.via(op.withContext(same, { merge: f })).zip(flow([1, 2]).via(op.withContext(same))),
  ],
  mapContext: [(f, input) => input.via(op.mapContext(f))],
  readContext: [(f, input) => input.via(op.readContext(f))],
  degrade: [
    (f, input) =>
      input.via(
        op.degrade({
          levels: [
            { name: 'full', fn: f },
            { name: 'less', fn: same, every: 2 },
          ],
        }),
      ),
    (f, input) =>
      input.via(
        op.degrade({
          levels: [
            { name: 'full', fn: same },
            { name: 'some', window: 2, summary: f },
          ],
          pressure: () => 1,
          hold: 1,
        }),
      ),
    (f, input) =>
      input.via(
        op.degrade({
          levels: [
            { name: 'full', fn: same },
            { name: 'known', key: f },
          ],
          pressure: f,
          hold: 1,
        }),
      ),
  ],
  lazy: [(f) => op.lazy(f)],
  unfold: [(f) => op.unfold(0, f).take(9)],
  unfoldAsync: [(f) => op.unfoldAsync(0, f).take(9)],
  unfoldResource: [
    (f) => op.unfoldResource({ open: f, read: () => undefined, close: no }),
    (f) => op.unfoldResource({ open: no, read: f, close: no }).take(9),
    (f) => op.unfoldResource({ open: no, read: () => undefined, close: f }),
  ],
  iterate: [(f) => op.iterate(0, f).take(9)],
  cycle: [(f) => op.cycle(f).take(9)],
  fromPromise: [(f) => op.fromPromise(f)],
  lazySink: [(f, input) => input.via(op.lazySink(f)), (f, input) => input.via(op.lazySink(() => f))],
  pullSink: [(f, input) => input.via(op.pullSink(f))],
  contramapSink: [(f, input) => input.via(op.contramapSink(f, op.ignoreSink()))],
  partitionHub: [
    (f, input) => hubbed(input, op.partitionHub({ key: f })),
    (f, input) => hubbed(input, op.partitionHub({ route: f })),
  ],
}

/** Takes a function that makes flows or programs when the plan is built, before there is any item; or an object of them. */
export const withoutItems: readonly string[] = [
  'Flow.broadcast',
  'Flow.forEach',
  'Flow.reduce',
  'Flow.through',
  'balance',
  'combineSinks',
  'enforce',
  'graph',
  'resultOf',
  'share',
  'throughStream',
  'unzip',
]

/** An item goes to a hub, and comes from it in a run of its own. */
function hubbed(input: Flow<any>, hub: op.PartitionHub<any>): Program<any> {
  void hub
    .subscribe()
    .drain()
    .catch(() => {})
  return input.to(hub)
}

function feed(): ReturnType<typeof firehose<number>> {
  return firehose<number>((emit) => {
    for (const n of [1, 2, 3]) emit(n)
    return no
  })
}

const yes = (): boolean => true
const pair = (state: unknown, value: unknown): readonly [unknown, unknown] => [state, value]
const soon = (value: unknown): Promise<unknown> => Promise.resolve(value)
function failing(): never {
  throw new Error('failing')
}
