import { throughStream } from '../../../src/interop/through-stream.ts'
import { fromStreamIter } from '../../../src/interop/stream-iter.ts'
import type { OperatorSubject, SourceSubject } from '../../../src/testkit/subject.ts'

const twice = (): TransformStream<number, number> =>
  new TransformStream({
    transform: (n, controller) => {
      controller.enqueue(n)
      controller.enqueue(-n)
    },
  })

const withLast = (): TransformStream<number, number> =>
  new TransformStream({ flush: (controller) => controller.enqueue(9) })

const untilTwo = (): TransformStream<number, number> =>
  new TransformStream({
    transform: (n, controller) => {
      controller.enqueue(n)
      if (n === 2) controller.terminate()
    },
  })

/** Batches, which need not be of bytes to be counted. */
const batches = (...numbers: (readonly number[])[]): AsyncIterable<readonly Uint8Array[]> => ({
  async *[Symbol.asyncIterator]() {
    yield* numbers as unknown as Uint8Array[][]
  },
})

/** From and through streams that are not ours. */
export const doors: readonly (OperatorSubject | SourceSubject)[] = [
  {
    name: 'fromStreamIter',
    source: () => fromStreamIter(batches([1, 2], [], [3])),
    items: [1, 2, 3],
    endNeedsDemand: true,
    card: {
      of: 'fromStreamIter',
      emits: { demand: '-1--2---1', out: '-1--(23)---|' },
      completes: { op: () => fromStreamIter(batches([1])), demand: '-1-1', out: '-1-|' },
    },
  },
  {
    name: 'throughStream',
    operator: (flow) => flow.via(throughStream(() => new TransformStream<number, number>())),
    model: (items) => items,
    cutByFailure: true,
    from: (n: number) => [n],
    card: {
      of: 'throughStream',
      emits: { data: '-1-2-3|', out: '-1-2-3|' },
      backpressures: { data: '123|', demand: '---1-*', out: '---1-(23|)', upstream: '---1-2' },
      completes: [
        { op: (flow) => flow.via(throughStream(withLast)), data: '-1-|', out: '-1-(9|)' },
        { op: (flow) => flow.via(throughStream(untilTwo)), data: '-1-2-3', out: '-1-(2|)', upstream: '11-!' },
      ],
      cancels: { data: '-1-2', demand: '*---!', out: '-1-2' },
      loses: { data: '-1-#', out: '-1-#' },
    },
  },
  {
    name: 'throughStream, one and its negative',
    operator: (flow) => flow.via(throughStream(twice)),
    model: (items) => items.flatMap((n) => [n, -n]),
    cutByFailure: true,
    // What is still inside the pair comes only when it is wanted.
    endNeedsDemand: true,
  },
]
