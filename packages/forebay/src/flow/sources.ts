import { show } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'
import { Firehose } from './firehose.ts'
import { Flow } from './flow.ts'
import { isThenable } from '../kernel/is-thenable.ts'
import { withSite } from './sites.ts'
import { asyncIterableSource } from './sources/async-iterable.ts'
import { iterableSource } from './sources/iterable.ts'
import { publisherSource, type Publisher } from './sources/publisher.ts'
import { rangeSource } from './sources/range.ts'
import { isWebReadable, webStreamItems, type WebReadable } from './sources/web-stream.ts'

/** What a flow can be made of: everything that can be slowed. A Node stream is an async iterable. */
export type FlowSource<T> = Flow<T> | Iterable<T> | AsyncIterable<T> | WebReadable<T> | Publisher<T>

export interface FlowFactory {
  /**
   * A flow of the items of an iterable, an async iterable (Node streams are), a web `ReadableStream` or a Reactive
   * Streams `Publisher`. Throws `FOREBAY_UNBOUNDED` for what cannot be slowed (an observable, an event emitter), and
   * `TypeError` for anything else. What can be read only once fails its second run with `FOREBAY_ALREADY_RUN`.
   *
   * Emits: when the source has an item and downstream wants one. Backpressures: when downstream does; the source is
   * asked for no more than that. Completes: when the source ends. Cancels: when downstream cancels; the source is
   * closed. Loses: nothing.
   */
  <T>(source: FlowSource<T>): Flow<T>
  /**
   * The whole numbers from `first` to `last`, both included.
   *
   * Emits: when downstream wants an item. Backpressures: when downstream does. Completes: after `last`.
   * Cancels: when downstream cancels. Loses: nothing.
   */
  range(first: number, last: number): Flow<number>
}

/** The shapes that are told apart. */
interface Shape<T> extends Iterable<T>, AsyncIterable<T> {
  subscribe: unknown
  pipe: unknown
  addEventListener: unknown
  on: unknown
  '@@observable': unknown
}

function from<T>(source: FlowSource<T>): Flow<T> {
  if (source instanceof Flow) return source
  if (typeof source === 'string') {
    throw new TypeError(`flow: expected a source, got ${show(source)}: readLines(path) reads a file`)
  }
  const shape = Object(source) as Partial<Shape<T>>
  if (shape instanceof Firehose) throw pushes(source)
  if (typeof shape[Symbol.iterator] === 'function') return made(iterableSource(shape as Iterable<T>))
  if (isWebReadable(shape)) return made(asyncIterableSource(webStreamItems(shape as WebReadable<T>), 'web stream'))
  if (typeof shape[Symbol.asyncIterator] === 'function') return made(asyncIterableSource(shape as AsyncIterable<T>))
  if (cannotBeSlowed(shape)) throw pushes(source)
  if (typeof shape.subscribe === 'function') return made(publisherSource(shape as unknown as Publisher<T>))
  if (isThenable(source)) throw new TypeError('flow: expected a source, got a promise of one: await it first')
  throw new TypeError(`flow: expected an iterable, a stream or a publisher, got ${show(source)}`)
}

function made<T>(node: ReturnType<typeof iterableSource>): Flow<T> {
  return new Flow<T>(withSite(node))
}

function pushes(source: unknown): ForebayError {
  return new ForebayError(
    'FOREBAY_UNBOUNDED',
    `flow: ${show(source)} pushes; make it a firehose with a policy: fromObservable, fromEvent or firehose((emit) => …)`,
  )
}

/** Observables (they have `pipe` or `@@observable`), event targets and emitters. */
function cannotBeSlowed(shape: Partial<Shape<unknown>>): boolean {
  const { observable } = Symbol as unknown as { observable?: symbol }
  if (observable !== undefined && observable in shape) return true
  if (typeof shape.subscribe === 'function') return '@@observable' in shape || typeof shape.pipe === 'function'
  return typeof shape.addEventListener === 'function' || typeof shape.on === 'function'
}

/** Where flows come from. */
export const flow: FlowFactory = /* @__PURE__ */ Object.assign(from, {
  range: (first: number, last: number): Flow<number> => made<number>(rangeSource(first, last)),
})
