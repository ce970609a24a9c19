import type { Duplex } from 'node:stream'
import type { Flow } from '../flow/flow.ts'
import { useOnce } from '../flow/sources/one-shot.ts'
import type { Exchange } from '../interop/exchange.ts'
import { through, type ThroughStreamOptions } from '../interop/through-stream.ts'
import { checkFunction, show } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'

/**
 * The items through a Node duplex or transform stream, such as `createGzip()`, which is made anew for each run. It is
 * written to only while downstream wants something, and never past its high-water mark without `drain`. What comes out
 * carries the accounts of what went in since the last chunk.
 *
 * Emits: when the stream has a chunk and downstream wants one. Backpressures: when downstream does, or while the stream
 * waits for `drain`. Completes: when upstream has, the stream has taken everything and is at its end; or when it ends by
 * itself. Cancels: when downstream cancels; the stream is destroyed. Loses: nothing; when either side fails, what is
 * inside the stream is lost with it, counted as `failed`. A stream that closes before its end fails the flow with
 * `FOREBAY_CLOSED`.
 *
 * @example
 * flow(readFile('events.ndjson')).via(throughDuplex(() => createGzip())).to(writeFile('events.ndjson.gz'))
 */
export function throughDuplex<A = any, B = any>(
  make: () => Duplex,
  options: ThroughStreamOptions = {},
): (flow: Flow<A>) => Flow<B> {
  checkFunction('throughDuplex', make)
  const { name = 'duplex', maxHeld } = options
  return through<A, B>({ name, maxHeld, open: () => new DuplexExchange<A, B>(checked(make())) })
}

function checked(stream: Duplex): Duplex {
  if (typeof stream?.write !== 'function' || typeof stream.read !== 'function') {
    throw new TypeError(`throughDuplex: expected a function that makes a duplex stream, got ${show(stream)} from it`)
  }
  useOnce(stream, 'this stream')
  return stream
}

interface Waiter<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

interface Chunk<B> {
  readonly done: boolean
  readonly value?: B | undefined
}

/** Both ends of one stream. At most one write, or the end, and one read wait. */
class DuplexExchange<A, B> implements Exchange<A, B> {
  readonly #stream: Duplex
  #failure: { readonly error: unknown } | undefined
  #hasEnded = false
  #taking: Waiter<void> | undefined
  #reading: Waiter<Chunk<B>> | undefined

  constructor(stream: Duplex) {
    this.#stream = stream
    const taken = (): void => {
      this.#taking?.resolve()
      this.#taking = undefined
    }
    stream
      .on('drain', taken)
      .on('finish', taken)
      .on('readable', () => this.#tryRead())
      .on('end', () => {
        this.#hasEnded = true
        this.#tryRead()
      })
      .on('error', (error) => this.#fail(error))
      .on('close', () => this.#fail(new ForebayError('FOREBAY_CLOSED', 'the stream was closed before its end')))
    if (stream.destroyed) this.#fail(new ForebayError('FOREBAY_CLOSED', 'the stream has been destroyed'))
  }

  write(item: A): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure.error
    return this.#stream.write(item) ? undefined : this.#take()
  }

  close(): Promise<void> {
    const taken = this.#take()
    if (this.#stream.writableFinished) this.#taking?.resolve()
    else this.#stream.end()
    return taken
  }

  read(): Promise<Chunk<B>> {
    return new Promise((resolve, reject) => {
      this.#reading = { resolve, reject }
      this.#tryRead()
    })
  }

  abandon(reason: unknown): void {
    this.#stream.destroy(reason instanceof Error ? reason : undefined)
  }

  #take(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#taking = { resolve, reject }
      if (this.#failure !== undefined) reject(this.#failure.error)
    })
  }

  #tryRead(): void {
    const reading = this.#reading
    if (reading === undefined) return
    const value: unknown = this.#stream.read()
    if (value === null && !this.#hasEnded && this.#failure === undefined) return
    this.#reading = undefined
    if (value !== null) reading.resolve({ done: false, value: value as B })
    else if (this.#hasEnded) reading.resolve({ done: true })
    else reading.reject(this.#failure?.error)
  }

  /** Of what has failed, and what is closed behind its end, only those who still wait are told. */
  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#taking?.reject(this.#failure.error)
    this.#taking = undefined
    this.#tryRead()
  }
}
