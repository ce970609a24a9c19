import { firehose, type Firehose } from '../flow/firehose.ts'
import { show } from '../kernel/check.ts'

/** What an observable tells its events to. */
export interface Observer<T> {
  next(value: T): void
  error(error: unknown): void
  complete(): void
}

/** The part of an observable that is used here: that of RxJS, of `Symbol.observable`, and of the web platform has it. */
export interface ObservableLike<T> {
  // With the function in the type, `T` is inferred from the overloads of RxJS; it is never called with one.
  subscribe(observer: Observer<T> | ((value: T) => void), options?: any): unknown
}

/** What makes an observable of itself: `[Symbol.observable]()`, where the runtime has that symbol, or `'@@observable'()`. */
export interface InteropObservable<T> {
  '@@observable'(): ObservableLike<T>
}

/**
 * A firehose of an observable's items: it cannot be slowed, so it is a flow once `.buffer(items, policy)` or another
 * policy says what happens to the items that do not fit. Every run subscribes once, and unsubscribes once when it is
 * over before the observable is, by `unsubscribe()` and by the `signal` that observables of the web platform take. Its
 * error fails the flow behind what is held; what it sends after its end is ignored. One that sends everything inside
 * `subscribe` and takes no `signal` can only be left when `subscribe` returns.
 *
 * Throws `TypeError` for what is no observable.
 */
export function fromObservable<T>(observable: ObservableLike<T> | InteropObservable<T>): Firehose<T> {
  const source = observableOf<T>(observable)
  return firehose<T>((emit) => {
    const controller = new AbortController()
    let subscription: unknown
    let isOver = false
    const stop = (): void => {
      if (isOver) return
      isOver = true
      controller.abort('the flow has ended')
      unsubscribe(subscription)
    }
    const observer: Observer<T> = {
      next: (item) => {
        if (emit(item) === 'closed') stop()
      },
      error: (error) => emit.fail(error),
      complete: () => emit.end(),
    }
    try {
      subscription = source.subscribe(observer, { signal: controller.signal })
    } catch (error) {
      stop()
      throw error
    }
    // It was left while it was still subscribing.
    if (isOver) unsubscribe(subscription)
    return stop
  }).named('observable')
}

function observableOf<T>(value: unknown): ObservableLike<T> {
  const { observable = '@@observable' } = Symbol as unknown as { observable?: symbol }
  const shape = Object(value) as Record<PropertyKey, unknown>
  const convert = shape[observable] ?? shape['@@observable']
  const source = typeof convert === 'function' ? (convert.call(value) as unknown) : value
  if (typeof (source as ObservableLike<T> | null | undefined)?.subscribe === 'function')
    return source as ObservableLike<T>
  throw new TypeError(`fromObservable: expected an observable, got ${show(value)}`)
}

/** Nobody listens any more who could be told that unsubscribing failed. */
function unsubscribe(subscription: unknown): void {
  const { unsubscribe: leave } = Object(subscription) as { unsubscribe?: unknown }
  try {
    if (typeof leave === 'function') leave.call(subscription)
  } catch {}
}
