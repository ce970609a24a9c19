import { Flow } from '../flow/flow.ts'
import { publisherSource, type Publisher, type Subscriber, type Subscription } from '../flow/sources/publisher.ts'
import { show } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'

/**
 * Where a publisher plugs into a flow from outside: a subscriber on one side, the source of one run on the other.
 * The two may come in either order; what the publisher says before the run listens is kept, which is bounded,
 * because nothing has been requested then.
 */
export class Inlet<T> implements Subscriber<T>, Publisher<T> {
  /** What is plugged in, as a flow that asks as soon as it runs, so that an end needs no demand. */
  readonly flow: Flow<T> = new Flow<T>(publisherSource<T>(this, true))
  #subscription: Subscription | undefined
  #source: Subscriber<T> | undefined
  #end: { failed: boolean; error: unknown } | undefined
  #isClosed = false

  /** Whether the run listens. */
  get isAttached(): boolean {
    return this.#source !== undefined
  }

  onSubscribe(subscription: Subscription): void {
    if (this.#source !== undefined) return this.#source.onSubscribe(subscription)
    if (typeof subscription?.request !== 'function') {
      throw new TypeError(`onSubscribe: expected a subscription, got ${show(subscription)} (Reactive Streams 2.13)`)
    }
    if (this.#subscription !== undefined || this.#isClosed) return cancel(subscription)
    this.#subscription = subscription
  }

  onNext(value: T): void {
    if (this.#source !== undefined) return this.#source.onNext(value)
    if (this.#end !== undefined || this.#isClosed) return
    const message = 'the publisher sent an item that nobody asked for (Reactive Streams 1.1)'
    this.#end = { failed: true, error: new ForebayError('FOREBAY_PROTOCOL', message) }
    cancel(this.#subscription)
  }

  onError(error: unknown): void {
    if (this.#source !== undefined) return this.#source.onError(error)
    if (error === undefined || error === null) {
      throw new TypeError(`onError: expected an error, got ${show(error)} (Reactive Streams 2.13)`)
    }
    this.#end ??= { failed: true, error }
  }

  onComplete(): void {
    if (this.#source !== undefined) return this.#source.onComplete()
    this.#end ??= { failed: false, error: undefined }
  }

  /** The run's source begins to listen. */
  subscribe(source: Subscriber<T>): void {
    if (this.#source !== undefined) {
      source.onSubscribe({ request: () => {}, cancel: () => {} })
      const message = 'what is plugged in can be read once: share it with broadcast()'
      return source.onError(new ForebayError('FOREBAY_ALREADY_RUN', message))
    }
    this.#source = source
    if (this.#subscription !== undefined) source.onSubscribe(this.#subscription)
    if (this.#end === undefined) return
    if (this.#end.failed) source.onError(this.#end.error)
    else source.onComplete()
  }

  /** There is no run, and there will be none: whoever is plugged in is cancelled, now or when it comes (rule 2.6). */
  close(): void {
    if (this.#isClosed || this.#source !== undefined) return
    this.#isClosed = true
    if (this.#end === undefined) cancel(this.#subscription)
  }
}

/** Rule 3.15 forbids a `cancel` that throws; nobody is left here who would want to know. */
function cancel(subscription: Subscription | undefined): void {
  try {
    subscription?.cancel()
  } catch {}
}
