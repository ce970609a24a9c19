import { ForebayError } from '../../kernel/errors.ts'
import type { SourceNode } from '../../kernel/plan.ts'
import type { Port, Pull } from '../../kernel/receiver.ts'
import { RingBuffer } from '../../kernel/ring-buffer.ts'

/** Reactive Streams 1.0.4: a provider of items, according to the demand of its subscribers. */
export interface Publisher<T> {
  subscribe(subscriber: Subscriber<T>): void
}

/** Reactive Streams: `onSubscribe onNext* (onError | onComplete)?`. Values may be `null` and `undefined`, unlike rule 2.13. */
export interface Subscriber<T> {
  onSubscribe(subscription: Subscription): void
  onNext(value: T): void
  onError(error: unknown): void
  onComplete(): void
}

/** Reactive Streams: the link between the two. */
export interface Subscription {
  request(n: number): void
  cancel(): void
}

/** Items that may be asked for in one go, always within what the flow has asked for. */
const SLICE = 64

/** The items of a Reactive Streams publisher; one subscription per run. */
export function publisherSource<T>(publisher: Publisher<T>): SourceNode {
  return { type: 'source', name: 'publisher', bound: SLICE, create: () => new PublisherPull(publisher) }
}

/** Invariant: held + asked ≤ SLICE; a publisher that sends more breaks rule 1.1 and fails the flow. */
class PublisherPull<T> implements Pull, Subscriber<T> {
  readonly #publisher: Publisher<T>
  readonly #held = new RingBuffer<T>(SLICE)
  #asked = 0
  #pulled = 0
  #isSubscribed = false
  #subscription: Subscription | undefined
  #end: { failed: boolean; error: unknown } | undefined
  #isOver = false
  #port: Port | undefined

  constructor(publisher: Publisher<T>) {
    this.#publisher = publisher
  }

  bind(port: Port): void {
    this.#port = port
  }

  run(port: Port): void {
    if (!this.#isSubscribed) {
      this.#isSubscribed = true
      this.#publisher.subscribe(this)
    }
    let handed = 0
    while (port.n > 0 && this.#held.length > 0) {
      this.#pulled++
      handed++
      port.step(this.#held.shift(), undefined)
    }
    if (handed > 0) port.tick(handed)
    if (this.#held.length === 0 && this.#end !== undefined) this.#finish()
    else this.#ask(port.n)
  }

  cancel(): void {
    this.#isOver = true
    while (this.#held.length > 0) this.#held.shift()
    if (this.#end === undefined) this.#subscription?.cancel()
  }

  stop(): void {
    if (this.#end === undefined) this.#subscription?.cancel()
    this.onComplete()
  }

  pulled(): number {
    return this.#pulled
  }

  onSubscribe(subscription: Subscription): void {
    // Rule 2.5: a second subscription is cancelled.
    if (this.#subscription !== undefined || this.#isOver) return subscription.cancel()
    this.#subscription = subscription
    this.#ask(this.#port?.n ?? 0)
  }

  onNext(value: T): void {
    if (this.#isOver || this.#end !== undefined) return
    if (this.#asked === 0) {
      this.#subscription?.cancel()
      return this.onError(new ForebayError('FOREBAY_PROTOCOL', 'the publisher sent an item that nobody asked for'))
    }
    this.#asked--
    this.#held.push(value)
    this.#port?.wake()
  }

  onError(error: unknown): void {
    this.#endWith({ failed: true, error })
  }

  onComplete(): void {
    this.#endWith({ failed: false, error: undefined })
  }

  #ask(wanted: number): void {
    const missing = Math.min(wanted, SLICE) - this.#held.length - this.#asked
    if (missing <= 0 || this.#subscription === undefined || this.#end !== undefined || this.#isOver) return
    this.#asked += missing
    this.#subscription.request(missing)
  }

  #endWith(end: { failed: boolean; error: unknown }): void {
    if (this.#isOver) return
    this.#end ??= end
    if (this.#held.length === 0) this.#finish()
    else this.#port?.wake()
  }

  #finish(): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#end?.failed === true) this.#port?.failed(this.#end.error)
    else this.#port?.done()
  }
}
