import type { Flow } from '../flow/flow.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { RunOptions } from '../kernel/run.ts'
import { Intake } from './intake.ts'
import { readableOf, type NativeReadableStream, type ReadableOptions, type WebWritable } from './web-streams.ts'

/** The runtime's own `WritableStream` where its types are known, else the part of it that is used here. */
export type NativeWritableStream<T> = typeof globalThis extends { WritableStream: { prototype: infer S } }
  ? S
  : WebWritable<T>

/** A piece of flow as both ends of a web stream. */
export interface FlowTransform<A, B> {
  readonly writable: NativeWritableStream<A>
  readonly readable: NativeReadableStream<B>
}

interface Sink<A> {
  write(item: A): Promise<void> | undefined
  close(): void
  abort(reason: unknown): void
}

type Constructor = new <A>(sink: Sink<A>, strategy: { highWaterMark: number }) => unknown

/**
 * A piece of flow for `pipeThrough(...)`: what is written comes into the flow, what comes out is read. The run begins
 * with the first read, and a write settles when the flow takes the next one, so that pressure goes through: at most two
 * items wait at the door.
 *
 * A failure of the flow fails both ends, `abort` fails the flow behind what it holds, cancelling the readable end
 * cancels the run. Once the piece has ended by itself (`take`), writes fail with `FOREBAY_CLOSED`.
 *
 * @example
 * response.body.pipeThrough(toTransformStream((bytes) => bytes.via(lines()).map(parse))).pipeTo(table)
 */
export function toTransformStream<A, B>(
  piece: (flow: Flow<A>) => Flow<B>,
  options: RunOptions & ReadableOptions = {},
): FlowTransform<A, B> {
  const { WritableStream } = globalThis as unknown as { WritableStream?: Constructor }
  if (WritableStream === undefined) {
    throw new ForebayError('FOREBAY_UNSUPPORTED', 'toTransformStream: this runtime has no WritableStream')
  }
  const { highWaterMark, type, ...runOptions } = options
  const intake = new Intake<A, B>('toTransformStream', piece, runOptions)
  const readable = readableOf<B>('toTransformStream', intake, {
    ...(highWaterMark !== undefined && { highWaterMark }),
    ...(type !== undefined && { type }),
  })
  const writable = new WritableStream<A>(
    {
      write: (item) => intake.write(item),
      close: () => intake.end(),
      abort: (reason) => intake.fail(reason),
    },
    { highWaterMark: 1 },
  )
  return { readable, writable: writable as NativeWritableStream<A> }
}
