import type { Flow, OpenSink } from '../flow/flow.ts'
import { useOnce } from '../flow/sources/one-shot.ts'
import type { WebReadable } from '../flow/sources/web-stream.ts'
import { show } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { RunOptions } from '../kernel/run.ts'

/** The runtime's own `ReadableStream` where its types are known, else the part of it that is used here. */
export type NativeReadableStream<T> = typeof globalThis extends { ReadableStream: { prototype: infer S } }
  ? S
  : WebReadable<T>

interface Controller<T> {
  enqueue(item: T): void
  close(): void
  error(error: unknown): void
}

type Constructor = new <T>(
  source: { pull(controller: Controller<T>): Promise<void>; cancel(reason: unknown): Promise<void> },
  strategy: { highWaterMark: number },
) => unknown

/**
 * A web `ReadableStream` of a flow's items: the run begins with the first read, a read asks for one item, and
 * cancelling the stream cancels the run. Nothing is read ahead unless `highWaterMark` says how many (default 0).
 */
export function toReadableStream<T>(
  flow: Flow<T>,
  options: RunOptions & { highWaterMark?: number } = {},
): NativeReadableStream<T> {
  const { ReadableStream } = globalThis as unknown as { ReadableStream?: Constructor }
  if (ReadableStream === undefined) {
    throw new ForebayError('FOREBAY_UNSUPPORTED', 'toReadableStream: this runtime has no ReadableStream')
  }
  const { highWaterMark = 0, ...runOptions } = options
  const items = flow.iterate(runOptions)
  const stream = new ReadableStream<T>(
    {
      pull: async (controller) => {
        const { done, value } = await items.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      cancel: async () => {
        await items.return?.()
      },
    },
    { highWaterMark },
  )
  return stream as NativeReadableStream<T>
}

/** What is used of a web `WritableStream`; any runtime's own has it. */
export interface WebWritable<T> {
  getWriter(): {
    write(item: T): Promise<unknown>
    close(): Promise<unknown>
    abort(reason?: unknown): Promise<unknown>
    releaseLock(): void
  }
}

/**
 * A sink that writes to a web `WritableStream`, closes it with the flow, and aborts it when the flow fails.
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
      return {
        write: (item) => writer.write(item),
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
