import type { ByteChunk } from '../flow/bytes/byte-chunk.ts'
import { Flow, type OpenSink } from '../flow/flow.ts'
import { chunksSource } from '../flow/sources/chunks.ts'
import { useOnce } from '../flow/sources/one-shot.ts'
import { byteCount, type Bytes } from '../kernel/bytes.ts'
import { show } from '../kernel/check.ts'
import type { RunOptions } from '../kernel/run.ts'
import { byteBatches } from './byte-batches.ts'

/** What `node:stream/iter` calls a stream: batches of chunks, asked for one by one. */
export type IterStream = AsyncIterable<readonly Uint8Array[]> | Iterable<readonly Uint8Array[]>

/** What is used of a writer of `node:stream/iter`. */
export interface IterWriter {
  write(chunk: Uint8Array | string): PromiseLike<unknown>
  /** False when it would have to wait; where it is missing, `write` is used. */
  writeSync?(chunk: Uint8Array | string): boolean
  end(): PromiseLike<unknown>
  fail(reason?: any): unknown
}

/**
 * The chunks of a stream of `node:stream/iter`, or of anything that gives arrays of bytes. A batch is asked for when the
 * last one has been handed over and more is wanted; what the stream buffers is its own budget.
 *
 * Emits: when a batch has come and downstream wants a chunk. Backpressures: when downstream does. Completes: when the
 * stream ends. Cancels: when downstream cancels; the iterator is closed. Loses: nothing; a `push` stream with a policy
 * that drops has lost it before.
 */
export function fromStreamIter(stream: IterStream): Flow<Uint8Array> {
  const shape = Object(stream) as Partial<AsyncIterable<unknown> & Iterable<unknown>>
  if (typeof shape[Symbol.asyncIterator] !== 'function' && typeof shape[Symbol.iterator] !== 'function') {
    throw new TypeError(`fromStreamIter: expected an iterable of arrays of bytes, got ${show(stream)}`)
  }
  return new Flow<Uint8Array>(chunksSource('stream/iter', () => batchesOf(stream)))
}

function batchesOf(stream: IterStream): AsyncIterable<readonly Uint8Array[]> {
  return {
    [Symbol.asyncIterator]: () => {
      const { [Symbol.asyncIterator]: open } = stream as Partial<AsyncIterable<readonly Uint8Array[]>>
      const iterator =
        open === undefined
          ? (stream as Iterable<readonly Uint8Array[]>)[Symbol.iterator]()
          : open.call(stream as AsyncIterable<readonly Uint8Array[]>)
      if ((iterator as unknown) === stream) useOnce(stream, 'this stream')
      return {
        next: async () => {
          const answer = await iterator.next()
          if (answer.done !== true && !Array.isArray(answer.value)) {
            throw new TypeError(`fromStreamIter: expected an array of bytes, got ${show(answer.value)}`)
          }
          return answer as IteratorResult<readonly Uint8Array[], undefined>
        },
        return: async () => {
          await iterator.return?.()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

/** Options of {@link toStreamIter}. */
export interface ToStreamIterOptions extends RunOptions {
  /** Bytes that may be read ahead, into one batch. Default none: a read asks for one chunk. */
  budget?: Bytes
}

/**
 * A stream of `node:stream/iter` of a flow of bytes or text: `pull(toStreamIter(flow), compressGzip())`. Every loop over
 * it is a run of its own, a read asks for one batch, and leaving the loop cancels the run.
 */
export function toStreamIter(flow: Flow<ByteChunk>, options: ToStreamIterOptions = {}): AsyncIterable<Uint8Array[]> {
  const { budget, ...runOptions } = options
  const bytes = budget === undefined ? 0 : byteCount('budget', budget)
  const batches = flow.via(byteBatches('toStreamIter', bytes))
  return { [Symbol.asyncIterator]: () => batches.iterate(runOptions) }
}

/**
 * A sink that writes to a writer of `node:stream/iter`, such as that of `push()`: without a promise while there is room,
 * else waiting for it. It ends the writer with the flow, which settles when everything has been read, and fails it with
 * the flow's error.
 *
 * Backpressures: while the writer is over its budget, with the policy `strict` or `unbounded`. Loses: nothing; what a
 * policy that drops throws away, nobody can see: take `flow.buffer({ bytes, overflow })` instead, which counts it.
 */
export function toStreamIterWriter(writer: IterWriter): OpenSink<ByteChunk> {
  if (typeof writer?.write !== 'function' || typeof writer.end !== 'function' || typeof writer.fail !== 'function') {
    throw new TypeError(`toStreamIterWriter: expected a writer of node:stream/iter, got ${show(writer)}`)
  }
  return {
    open: () => {
      useOnce(writer, 'this writer')
      return {
        write: (chunk) => (writer.writeSync?.(chunk) === true ? undefined : writer.write(chunk)),
        close: async (failure) => {
          if (failure === undefined) await writer.end()
          else await writer.fail(failure.error)
        },
      }
    },
  }
}
