import { flow } from '../../../src/flow/sources.ts'
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
