import { Flow } from '../flow/flow.ts'
import { asyncIterableSource } from '../flow/sources/async-iterable.ts'
import { useOnce } from '../flow/sources/one-shot.ts'
import { byteCount, type Bytes } from '../kernel/bytes.ts'
import { show } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'

interface ByobReader {
  read(view: Uint8Array): Promise<{ done: boolean; value?: ArrayBufferView | undefined }>
  cancel(reason?: unknown): Promise<void>
  releaseLock(): void
}

/** What is used of a byte stream. */
export interface ByteStream {
  getReader(options: { mode: 'byob' }): unknown
  readonly locked: boolean
}

/**
 * The bytes of a web byte stream, read into chunks of at most `chunkBytes` (default 64 KiB), however large the stream's
 * own are; `flow(stream)` takes the chunks as they come. One read is out at a time, and only with credit.
 *
 * Emits: when a read is answered. Backpressures: when downstream does. Completes: at the end of the stream. Cancels: when
 * downstream cancels; the stream is cancelled with the reason. Loses: nothing.
 */
export function fromByteStream(stream: ByteStream, options: { chunkBytes?: Bytes } = {}): Flow<Uint8Array> {
  if (typeof stream?.getReader !== 'function') {
    throw new TypeError(`fromByteStream: expected a ReadableStream, got ${show(stream)}`)
  }
  const size = options.chunkBytes === undefined ? 64 * 1024 : byteCount('chunkBytes', options.chunkBytes)
  return new Flow<Uint8Array>({ ...asyncIterableSource(chunksOf(stream, size), 'byte stream'), boundBytes: size })
}

function chunksOf(stream: ByteStream, size: number): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => {
      const reader = open(stream)
      return {
        next: async () => {
          try {
            const { done, value } = await reader.read(new Uint8Array(size))
            if (!done) return { done, value: value as Uint8Array }
          } catch (error) {
            reader.releaseLock()
            throw error
          }
          reader.releaseLock()
          return { done: true, value: undefined }
        },
        return: async (reason?: unknown) => {
          await reader.cancel(reason).finally(() => reader.releaseLock())
          return { done: true, value: undefined }
        },
      }
    },
  }
}

function open(stream: ByteStream): ByobReader {
  if (stream.locked) {
    throw new ForebayError('FOREBAY_ALREADY_RUN', 'this ReadableStream is locked: somebody else reads it')
  }
  useOnce(stream, 'this ReadableStream')
  return stream.getReader({ mode: 'byob' }) as ByobReader
}
