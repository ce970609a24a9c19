import type { Writable } from 'node:stream'
import type { OpenSink } from '../flow/flow.ts'
import type { Writer } from '../flow/sinks/for-each.ts'
import { useOnce } from '../flow/sources/one-shot.ts'
import { show } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'

/** Streams that a flow has written to its end; another may still read what comes out of them. */
const written = new WeakSet<object>()

export interface ToWritableOptions {
  /** Ends the stream with the flow, and destroys it when the flow fails. Default true. */
  end?: boolean
  /** Ends each item with a newline. Default false. */
  lines?: boolean
  /** Wraps each item as `{ value }`, so that an object stream can take `null`. Default false. */
  box?: boolean
}

/**
 * A sink that writes to a Node stream and waits for `drain` whenever the stream asks for it.
 *
 * Backpressures: while the stream's buffer is over its high-water mark. Loses: nothing that `write` took; what the
 * stream itself had buffered when it was destroyed is lost with it.
 */
export function toWritable(stream: Writable, options: ToWritableOptions = {}): OpenSink<any> {
  if (typeof stream?.write !== 'function' || typeof stream.once !== 'function') {
    throw new TypeError(`toWritable: expected a Node stream, got ${show(stream)}`)
  }
  const { end = true, lines = false, box = false } = options
  const form = lines ? asLine : box ? boxed : asIs
  return {
    open: () => {
      if (end) useOnce(stream, 'this stream', written)
      return new StreamWriter(stream, end, form)
    },
  }
}

/** A sink that writes each item as a line to standard output. */
export function writeStdout(): OpenSink<string> {
  return toWritable(process.stdout, { end: false, lines: true })
}

class StreamWriter implements Writer<any> {
  readonly #stream: Writable
  readonly #ends: boolean
  readonly #form: (item: unknown) => unknown
  #failure: { error: unknown } | undefined
  /** The wait for `drain`, or for the end. */
  #waiting: { resolve: () => void; reject: (error: unknown) => void } | undefined
  readonly #onDrain = (): void => this.#settle(undefined)
  readonly #onError = (error: unknown): void => {
    this.#failure ??= { error }
    this.#settle(this.#failure)
  }
  readonly #onClose = (): void => {
    this.#onError(new ForebayError('FOREBAY_CLOSED', 'the stream was closed before everything was written'))
  }

  constructor(stream: Writable, ends: boolean, form: (item: unknown) => unknown) {
    this.#stream = stream
    this.#ends = ends
    this.#form = form
    stream.on('drain', this.#onDrain).on('error', this.#onError).on('close', this.#onClose)
    if (stream.destroyed) this.#onClose()
  }

  write(item: unknown): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure.error
    const isRoom = this.#stream.write(this.#form(item))
    if (this.#failure !== undefined) throw (this.#failure as { error: unknown }).error
    return isRoom ? undefined : this.#wait()
  }

  async close(failure?: { error: unknown }): Promise<void> {
    const stream = this.#stream
    stream.off('close', this.#onClose)
    try {
      if (failure === undefined && this.#failure !== undefined) throw this.#failure.error
      if (!this.#ends) return
      if (failure === undefined) {
        const ended = this.#wait()
        stream.end((error?: Error | null) => (error ? this.#onError(error) : this.#onDrain()))
        await ended
      } else stream.destroy(failure.error instanceof Error ? failure.error : undefined)
    } finally {
      stream.off('drain', this.#onDrain)
      // A destroyed stream tells its error later; without a listener that would end the process.
      if (failure === undefined) stream.off('error', this.#onError)
    }
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  #settle(failure: { error: unknown } | undefined): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (failure === undefined) waiting?.resolve()
    else waiting?.reject(failure.error)
  }
}

const asIs = (item: unknown): unknown => item
const asLine = (item: unknown): string => `${String(item)}\n`
const boxed = (value: unknown): { value: unknown } => ({ value })
