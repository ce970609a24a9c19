import { firehose, type Firehose } from '../../../src/flow/firehose.ts'
import { Flow } from '../../../src/flow/flow.ts'
import { flow } from '../../../src/flow/sources.ts'
import { chunksSource } from '../../../src/flow/sources/chunks.ts'
import { webStreamItems } from '../../../src/flow/sources/web-stream.ts'
import type { Publisher } from '../../../src/flow/sources/publisher.ts'
import { fromPublisher } from '../../../src/interop/from-publisher.ts'
import { toPublisher } from '../../../src/interop/to-publisher.ts'
import type { Bench } from '../../../src/testkit/bench.ts'
import type { SourceSubject } from '../../../src/testkit/subject.ts'
import type { World } from '../../../src/testkit/world.ts'

const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9]

/** Where flows come from. */
export const sources: readonly SourceSubject[] = [
  {
    name: 'range',
    source: () => flow.range(1, 9),
    items: nine,
    card: {
      of: 'flow.range',
      emits: { op: () => flow.range(1, 4), demand: '1--2--1', out: '1--(23)--(4|)' },
      completes: { op: () => flow.range(1, 2), demand: '2', out: '(12|)' },
    },
  },
  { name: 'empty range', source: () => flow.range(1, 0), items: [] },
  {
    name: 'array',
    source: () => flow(nine),
    items: nine,
    card: { of: 'flow', variant: 'array', emits: { op: () => flow([1, 2]), demand: '-1-1', out: '-1-(2|)' } },
  },
  {
    name: 'iterable',
    source: (bench) => flow(bench.iterable(nine)),
    items: nine,
    endNeedsDemand: true,
    card: {
      of: 'flow',
      variant: 'iterable',
      // That it has ended an iterable says only when it is asked once more.
      emits: { op: () => flow(new Set([1, 2])), demand: '-1-1-1', out: '-1-2-|' },
      completes: { op: () => flow(new Set([1])), demand: '-1-1', out: '-1-|' },
    },
  },
  {
    name: 'iterable that throws',
    source: () => flow(throwing()),
    items: [1, 2, 3],
    fails: true,
    endNeedsDemand: true,
  },
  {
    name: 'async iterable',
    source: (bench) => flow(bench.asyncIterable(nine)),
    items: nine,
    endNeedsDemand: true,
    card: {
      of: 'flow',
      variant: 'async iterable',
      emits: { op: (w) => flow(ticking(w)), demand: '1---2', out: '--1---2-|' },
    },
  },
  {
    name: 'async iterable that rejects',
    source: () => flow(rejecting()),
    items: [1, 2, 3],
    fails: true,
    endNeedsDemand: true,
  },
  {
    name: 'async iterable that throws when it is asked',
    source: () =>
      flow({
        [Symbol.asyncIterator]: () => ({
          next: () => {
            throw new Error('next')
          },
        }),
      }),
    items: [],
    fails: true,
    endNeedsDemand: true,
  },
  {
    name: 'publisher',
    source: (bench) => flow(publisher(nine, bench)),
    items: nine,
    card: { of: 'flow', variant: 'publisher', emits: { demand: '-1-2', out: '-1-(23)' } },
  },
  {
    name: 'publisher of a flow',
    source: (bench) => fromPublisher(toPublisher(flow(nine).buffer(2), { clock: bench.clock })),
    items: nine,
  },
  {
    name: 'chunks',
    source: (bench) =>
      new Flow(chunksSource('chunks', () => bench.asyncIterable([[1, 2, 3], [], [4, 5, 6, 7], [8, 9]]))),
    items: nine,
    bound: 4,
    endNeedsDemand: true,
  },
  {
    name: 'web stream',
    source: (bench) => flow(fromPull(() => bench.asyncIterable(nine)[Symbol.asyncIterator]())),
    items: nine,
    endNeedsDemand: true,
    card: {
      of: 'flow',
      variant: 'web stream',
      emits: { op: (w) => flow(fromPull(() => ticking(w)[Symbol.asyncIterator]())), demand: '1---2', out: '--1---2-|' },
    },
  },
  { name: 'concat of arrays', source: () => flow(nine.slice(0, 4)).concat(flow(nine.slice(4))), items: nine },
  {
    name: 'firehose with a policy',
    source: (bench) => hose(bench).buffer(3, 'drop-oldest'),
    items: nine,
    loses: ['drop-oldest'],
    card: {
      of: 'Firehose.buffer',
      emits: {
        op: (w) => bursts(w).buffer(2, 'drop-oldest'),
        demand: '----1---*',
        out: '----2---(3|)',
        lost: { 'drop-oldest': 1 },
      },
      completes: { op: (w) => bursts(w).buffer(3, 'fail'), demand: '*', out: '-1-(23)-|' },
      loses: {
        op: (w) => bursts(w).buffer(2, 'drop-newest'),
        demand: '------*',
        out: '------(12|)',
        lost: { 'drop-newest': 1 },
      },
    },
  },
  {
    name: 'firehose, latest by key',
    source: (bench) => hose(bench).latestBy((n) => n % 3, { max: 2 }),
    items: nine,
    order: 'any',
    loses: ['latest', 'replaced'],
    card: {
      of: 'Firehose.latestBy',
      emits: {
        op: (w) => bursts(w).latestBy((n) => n % 2, { max: 2 }),
        demand: '------*',
        out: '------(32|)',
        lost: { replaced: 1 },
      },
      completes: { op: (w) => bursts(w).latestBy((n) => n, { max: 3 }), demand: '*', out: '-1-(23)-|' },
      loses: {
        op: (w) => bursts(w).latestBy((n) => n, { max: 2 }),
        demand: '------*',
        out: '------(23|)',
        lost: { latest: 1 },
      },
    },
  },
  {
    name: 'firehose without a bound',
    source: (bench) => hose(bench).ignoreBackpressure(),
    items: nine,
    bound: Infinity,
    card: {
      of: 'Firehose.ignoreBackpressure',
      emits: { op: (w) => bursts(w).ignoreBackpressure(), demand: '------*', out: '------(123|)' },
      completes: { op: (w) => bursts(w).ignoreBackpressure(), demand: '*', out: '-1-(23)-|' },
    },
  },
  {
    name: 'firehose that has ended before it is open',
    source: () =>
      firehose<number>((emit) => {
        for (const n of nine) emit(n)
        emit.end()
      }).buffer(20, 'fail'),
    items: nine,
  },
  {
    name: 'firehose that overflows and fails',
    source: () =>
      firehose<number>((emit) => {
        for (const n of nine) emit(n)
        emit.end()
      }).buffer(4, 'fail'),
    items: [1, 2, 3, 4],
    fails: true,
    loses: ['fail'],
  },
]

function throwing(): Iterable<number> {
  return {
    *[Symbol.iterator]() {
      yield* [1, 2, 3]
      throw new Error('four')
    },
  }
}

function rejecting(): AsyncIterable<number> {
  return {
    async *[Symbol.asyncIterator]() {
      yield* [1, 2, 3]
      throw new Error('four')
    },
  }
}

/** Emits at random times, and must be disconnected once. */
function hose(bench: Bench): Firehose<number> {
  return firehose<number>((emit, signal) => {
    const close = bench.open('hose')
    const run = async (): Promise<void> => {
      for (const n of nine) {
        await bench.work(n)
        if (signal.aborted) return
        emit(n)
      }
      emit.end()
    }
    void run()
    return close
  })
}

/** A publisher as Reactive Streams wants it: it sends what was requested, and is cancelled at most once. */
function publisher(items: readonly number[], bench: Bench): Publisher<number> {
  return {
    subscribe: (subscriber) => {
      let next = 0
      let left = 0
      let isSending = false
      let isOver = false
      const close = bench.open('subscription')
      const end = (): void => {
        isOver = true
        close()
      }
      subscriber.onSubscribe({
        request: (count) => {
          left += count
          if (isSending) return
          isSending = true
          for (; left > 0 && next < items.length && !isOver; left--) subscriber.onNext(items[next++] as number)
          isSending = false
          if (next < items.length || isOver) return
          end()
          subscriber.onComplete()
        },
        cancel: () => {
          if (!isOver) end()
        },
      })
    },
  }
}

/** A web stream as a flow reads it, a new one for every run. */
function fromPull(open: () => AsyncIterator<number>): AsyncIterable<number> {
  return {
    [Symbol.asyncIterator]: () => {
      const items = open()
      const stream = {
        locked: false,
        getReader: () => ({
          read: () => items.next() as Promise<{ done: boolean; value?: number | undefined }>,
          cancel: async () => void (await items.return?.()),
          releaseLock: () => {},
        }),
      }
      return webStreamItems(stream)[Symbol.asyncIterator]()
    },
  }
}

/** 1, then 2, each two milliseconds after it is asked for, and the end one millisecond after that. */
async function* ticking(w: World): AsyncGenerator<number> {
  yield await w.delay(2, 1)
  yield await w.delay(2, 2)
  await w.delay(2)
}

/** 1 after a millisecond, 2 and 3 two later, and the end another two later. */
function bursts(w: World): Firehose<number> {
  return firehose<number>(async (emit) => {
    emit(await w.delay(1, 1))
    emit(await w.delay(2, 2))
    emit(3)
    await w.delay(2)
    emit.end()
  })
}
