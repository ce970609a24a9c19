import type { Flow } from '../flow/flow.ts'
import type { Subscription } from '../flow/sources/publisher.ts'
import { show } from '../kernel/check.ts'
import type { Observer } from './from-observable.ts'
import type { PublisherOptions } from './subscriber-link.ts'
import { toPublisher } from './to-publisher.ts'

declare global {
  interface SymbolConstructor {
    /** As RxJS declares it; there at run time where something has defined it. */
    readonly observable: symbol
  }
}

/** What ends a subscription to an observable. */
export interface ObservableSubscription {
  /** Whether it is over, from either side. */
  readonly closed: boolean
  unsubscribe(): void
}

/** An observable that RxJS's `from()` takes. */
export interface FlowObservable<T> {
  /** Runs the flow for this observer, or for a function that is given the items. */
  subscribe(observer: Partial<Observer<T>> | ((value: T) => void)): ObservableSubscription
  '@@observable'(): FlowObservable<T>
  [Symbol.observable](): FlowObservable<T>
}

/**
 * An observable of a flow's items, with `subscribe`, `[Symbol.observable]` where there is that symbol, and
 * `'@@observable'`. Every subscription is a run of its own, and unsubscribing cancels it. An observable has no demand:
 * it asks the flow for items without end, so the backpressure ends here. Slow it before, with `rate` or another gate.
 *
 * An observer that throws has unsubscribed; `onViolation` is told, by default the console. So is the error of a flow
 * whose observer has no `error`. Throws `TypeError` for an observer that is neither an object nor a function.
 */
export function toObservable<T>(flow: Flow<T>, options: PublisherOptions = {}): FlowObservable<T> {
  const publisher = toPublisher(flow, options)
  const self = (): FlowObservable<T> => observable as FlowObservable<T>
  const observable: Omit<FlowObservable<T>, typeof Symbol.observable> = {
    subscribe: (target) => {
      const observer = observerOf<T>(target)
      let run: Subscription | undefined
      let closed = false
      const unsubscribe = (): void => {
        if (closed) return
        closed = true
        run?.cancel()
      }
      publisher.subscribe({
        onSubscribe: (subscription) => {
          run = subscription
          subscription.request(Infinity)
        },
        onNext: (value) => {
          observer.next?.(value)
          // Whoever unsubscribes inside `subscribe` has no subscription yet, but an observer that says so.
          if (observer.closed === true) unsubscribe()
        },
        onError: (error) => {
          closed = true
          if (typeof observer.error !== 'function') throw error
          observer.error(error)
        },
        onComplete: () => {
          closed = true
          observer.complete?.()
        },
      })
      return {
        get closed() {
          return closed
        },
        unsubscribe,
      }
    },
    '@@observable': self,
  }
  const { observable: symbol } = Symbol as { readonly observable?: symbol }
  if (symbol !== undefined) Object.defineProperty(observable, symbol, { value: self })
  return observable as FlowObservable<T>
}

function observerOf<T>(target: unknown): Partial<Observer<T>> & { readonly closed?: unknown } {
  if (typeof target === 'function') return { next: target as (value: T) => void }
  if (typeof target === 'object' && target !== null) return target
  throw new TypeError(`subscribe: expected an observer or a function, got ${show(target)}`)
}
