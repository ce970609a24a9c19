import { firehose, type Firehose } from '../../../src/flow/firehose.ts'
import { Flow } from '../../../src/flow/flow.ts'
import { flow } from '../../../src/flow/sources.ts'
import { chunksSource } from '../../../src/flow/sources/chunks.ts'
import { webStreamItems } from '../../../src/flow/sources/web-stream.ts'
import type { Publisher } from '../../../src/flow/sources/publisher.ts'
import type { Bench } from '../../../src/testkit/bench.ts'
import type { SourceSubject } from '../../../src/testkit/subject.ts'

const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9]

export const sources: readonly SourceSubject[] = [
  { name: 'range', source: () => flow.range(1, 9), items: nine },
  { name: 'empty range', source: () => flow.range(1, 0), items: [] },
  { name: 'array', source: () => flow(nine), items: nine },
  { name: 'iterable', source: (bench) => flow(bench.iterable(nine)), items: nine, endNeedsDemand: true },
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
  { name: 'publisher', source: (bench) => flow(publisher(nine, bench)), items: nine },
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
  },
  { name: 'concat of arrays', source: () => flow(nine.slice(0, 4)).concat(flow(nine.slice(4))), items: nine },
  {
    name: 'firehose with a policy',
    source: (bench) => hose(bench).buffer(3, 'drop-oldest'),
    items: nine,
    loses: ['drop-oldest'],
  },
  {
    name: 'firehose, latest by key',
    source: (bench) => hose(bench).latestBy((n) => n % 3, { max: 2 }),
    items: nine,
    order: 'any',
    loses: ['latest', 'replaced'],
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
