import type { Flow, OpenSink } from '../flow/flow.ts'
import { useOnce } from '../flow/sources/one-shot.ts'
import type { WebReadable } from '../flow/sources/web-stream.ts'
import { checkInteger, checkOneOf, show } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { RunOptions } from '../kernel/run.ts'

/** The runtime's own `ReadableStream` where its types are known, else the part of it that is used here. */
export type NativeReadableStream<T> = typeof globalThis extends { ReadableStream: { prototype: infer S } }
  ? S
  : WebReadable<T>

/** How a web stream is read. */
export interface ReadableOptions {
  /** Items, or bytes, that may be read ahead. Default 0: nothing. */
  highWaterMark?: number
  /** `bytes` for a stream of bytes, which can be read into buffers of the reader (BYOB). Every chunk is copied. Default a stream of items. */
  type?: 'bytes'
}

interface Controller<T> {
  readonly byobRequest?: { respond(bytes: number): void } | null
  enqueue(item: T): void
  close(): void
}

type Constructor = new <T>(
  source: {
    type?: 'bytes'
    pull(controller: Controller<T>): Promise<void>
    cancel(reason: unknown): Promise<void>
  },
  strategy: { highWaterMark: number },
) => unknown

/** What a readable end is made of. */
interface Items<T> {
  readonly items: AsyncIterableIterator<T>
  next(): Promise<IteratorResult<T>>
}

/**
 * A web `ReadableStream` of a flow's items: the run begins with the first read, a read asks for one item, and
 * cancelling the stream cancels the run with that reason. Nothing is read ahead unless `highWaterMark` says how many
 * (default 0). An error of the flow reaches the reader. `tee()` has no credit: it buffers for the slower of its branches
 * without a bound; `flow.broadcast` does not.
 */
export function toReadableStream<T>(
  flow: Flow<T>,
  options: RunOptions & ReadableOptions = {},
): NativeReadableStream<T> {
  const { highWaterMark, type, ...runOptions } = options
  const items = flow.iterate(runOptions)
  return readableOf<T>(
    'toReadableStream',
    { items, next: () => items.next() },
    { ...(highWaterMark !== undefined && { highWaterMark }), ...(type !== undefined && { type }) },
  )
}

/** A `ReadableStream` that asks for items one by one. */
export function readableOf<T>(
  what: string,
  source: Items<T>,
  { highWaterMark = 0, type }: ReadableOptions,
): NativeReadableStream<T> {
  const { ReadableStream } = globalThis as unknown as { ReadableStream?: Constructor }
  if (ReadableStream === undefined) {
    throw new ForebayError('FOREBAY_UNSUPPORTED', `${what}: this runtime has no ReadableStream`)
  }
  if (type !== undefined) checkOneOf('type', type, ['bytes'])
  checkInteger('highWaterMark', highWaterMark, 0)
  const stream = new ReadableStream<T>(
    {
      ...(type !== undefined && { type }),
      pull: async (controller) => {
        for (;;) {
          const { done, value } = await source.next()
          if (done === true) {
            controller.close()
            controller.byobRequest?.respond(0)
            return
          }
          const chunk = type === undefined ? value : copied(what, value)
          if (chunk === undefined && type !== undefined) continue
          controller.enqueue(chunk as T)
          return
        }
      },
      cancel: async (reason) => {
        await source.items.return?.(reason)
      },
    },
    { highWaterMark },
  )
  return stream as NativeReadableStream<T>
}

/** A byte stream takes the memory of a chunk away from whoever else has it, and refuses an empty one. */
function copied(what: string, chunk: unknown): Uint8Array | undefined {
  if (!(chunk instanceof Uint8Array)) throw new TypeError(`${what}: expected bytes, got ${show(chunk)}`)
  return chunk.length === 0 ? undefined : new Uint8Array(chunk)
}

/** What is used of a web `WritableStream`; any runtime's own has it. */
export interface WebWritable<T> {
  getWriter(): {
    write(item: T): Promise<unknown>
    close(): Promise<unknown>
    abort(reason?: unknown): Promise<unknown>
    releaseLock(): void
    readonly closed?: Promise<unknown>
  }
}

/**
 * A sink that writes to a web `WritableStream`, closes it with the flow, and aborts it with the error when the flow
 * fails. It has the lock while the run lasts. A stream that was closed fails the flow with `FOREBAY_CLOSED`.
 *
 * Backpressures: while the stream writes as many items as `to(…, { concurrency })` allows; default 1. Loses: nothing.
 */
export function toWritableStream<T>(stream: WebWritable<T>): OpenSink<T> {
  if (typeof stream?.getWriter !== 'function') {
    throw new TypeError(`toWritableStream: expected a WritableStream, got ${show(stream)}`)
  }
  return {
    open: () => {
      useOnce(stream, 'this WritableStream')
      const writer = stream.getWriter()
      let isClosed = false
      writer.closed?.then(
        () => {
          isClosed = true
        },
        () => {},
      )
      return {
        write: async (item) => {
          try {
            await writer.write(item)
          } catch (cause) {
            await Promise.resolve() // only then `closed` has been told
            throw isClosed
              ? new ForebayError('FOREBAY_CLOSED', 'the WritableStream was closed before', { cause })
              : cause
          }
        },
        close: async (failure) => {
          try {
            await (failure === undefined ? writer.close() : writer.abort(failure.error))
          } finally {
            writer.releaseLock()
          }
        },
      }
    },
  }
}
