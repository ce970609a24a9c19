import type { Flow } from '../flow/flow.ts'
import { junction } from '../flow/junction.ts'
import { useOnce } from '../flow/sources/one-shot.ts'
import { isWebReadable, type WebReadable } from '../flow/sources/web-stream.ts'
import { checkFunction, checkInteger, show } from '../kernel/check.ts'
import type { Exchange } from './exchange.ts'
import { Through, type ThroughSettings } from './through.ts'
import type { WebWritable } from './web-streams.ts'

/** What a `TransformStream` is: two ends of which any runtime's streams will do. */
export interface StreamPair<A, B> {
  readonly writable: WebWritable<A>
  readonly readable: ReadableEnd<B>
}

/** What is used of a web `ReadableStream`. The type of its chunks is inferred from its iterator, which need not be there. */
export interface ReadableEnd<B> {
  getReader(): unknown
  readonly locked: boolean
  [Symbol.asyncIterator]?(): AsyncIterator<B>
}

/** Options of {@link throughStream}. */
export interface ThroughStreamOptions {
  /** Default `'stream'`. */
  name?: string
  /** Items that may have gone in since the last chunk came out; one more fails the flow with `FOREBAY_OVERFLOW`. Default 65,536. */
  maxHeld?: number
}

/**
 * The items through a pair of web streams, such as a `TransformStream`, which is made anew for each run. What comes
 * out carries the accounts of what went in since the last chunk, so that an item is done when a chunk behind it is.
 *
 * Emits: when the readable end has a chunk and downstream wants one. Backpressures: when downstream does, or while an
 * item is being written. Completes: when upstream has, the writable end is closed and the readable one is at its end; or
 * when the readable one ends by itself. Cancels: when downstream cancels; both ends are given up with the reason.
 * Loses: nothing; when either side fails, what is inside the pair is lost with it, counted as `failed`.
 *
 * @example
 * flow(pages).via(throughStream(() => new TextEncoderStream())).via(throughStream(() => new CompressionStream('gzip')))
 */
export function throughStream<A, B>(
  make: () => StreamPair<A, B>,
  options: ThroughStreamOptions = {},
): (flow: Flow<A>) => Flow<B> {
  checkFunction('throughStream', make)
  const { name = 'stream', maxHeld } = options
  return through<A, B>({ name, maxHeld, open: () => openPair(make()) })
}

/** A junction of an exchange. */
export function through<A, B>(
  settings: Pick<ThroughSettings<A, B>, 'name' | 'open'> & {
    maxHeld?: number | undefined
    failure?: (error: unknown) => unknown
  },
): (flow: Flow<A>) => Flow<B> {
  const { name, open, maxHeld = 65_536, failure = (error: unknown): unknown => error } = settings
  checkInteger('maxHeld', maxHeld, 1)
  return junction<A, B>(
    'stream',
    { name, cardinality: 'many', bound: maxHeld, sync: false },
    (env, stage) => new Through<A, B>({ name, open, maxHeld, failure }, env, stage),
  )
}

/** Locks both ends. Throws `TypeError` for what is no pair or is in use, `FOREBAY_ALREADY_RUN` for one of another run. */
export function openPair<A, B>(pair: StreamPair<A, B>): Exchange<A, B> {
  const { readable, writable } = Object(pair) as Partial<StreamPair<A, B>>
  if (typeof writable?.getWriter !== 'function' || !isWebReadable(Object(readable))) {
    throw new TypeError(`throughStream: expected { readable, writable }, got ${show(pair)}`)
  }
  useOnce(pair, 'this pair of streams')
  const reader = (readable as unknown as WebReadable<B>).getReader()
  const writer = writable.getWriter()
  return {
    write: (item) => writer.write(item),
    close: () => writer.close(),
    read: () => reader.read(),
    abandon: (reason) => {
      writer.abort(reason).then(undefined, nothing)
      reader.cancel(reason).then(undefined, nothing)
    },
  }
}

const nothing = (): void => {}
