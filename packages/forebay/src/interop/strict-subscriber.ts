import type { Subscriber, Subscription } from '../flow/sources/publisher.ts'
import { show } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'

/**
 * Stands between a foreign publisher and the subscriber of a flow, and trusts the publisher with nothing: what it does
 * against the rules fails the flow with `FOREBAY_PROTOCOL` and the rule's number.
 *
 *   publisher ──signals──▶ strict subscriber ──signals──▶ source of a run
 *             ◀─requests──                   ◀─requests──
 */
export class StrictSubscriber<T> implements Subscriber<T>, Subscription {
  readonly #to: Subscriber<T>
  #subscription: Subscription | undefined

  constructor(to: Subscriber<T>) {
    this.#to = to
  }

  onSubscribe(subscription: Subscription): void {
    if (typeof subscription?.request !== 'function')
      throw this.#refuse('onSubscribe: expected a subscription', subscription)
    // The flow cancels every subscription but its first one.
    if (this.#subscription !== undefined) return this.#to.onSubscribe(subscription)
    this.#subscription = subscription
    this.#to.onSubscribe(this)
  }

  onNext(value: T): void {
    if (this.#subscription === undefined) this.#broken('1.9', 'sent an item before onSubscribe')
    this.#to.onNext(value)
  }

  onError(error: unknown): void {
    if (error === undefined || error === null) throw this.#refuse('onError: expected an error', error)
    if (this.#subscription === undefined) this.#broken('1.9', 'failed before onSubscribe', error)
    else this.#to.onError(error)
  }

  onComplete(): void {
    if (this.#subscription === undefined) this.#broken('1.9', 'completed before onSubscribe')
    else this.#to.onComplete()
  }

  /** The publisher threw in `subscribe`. */
  thrown(error: unknown): void {
    this.#broken('1.9', 'threw in subscribe', error)
  }

  request(n: number): void {
    try {
      this.#subscription?.request(n)
    } catch (error) {
      this.#broken('3.16', 'threw in request', error)
    }
  }

  cancel(): void {
    try {
      this.#subscription?.cancel()
    } catch (error) {
      throw breach('3.15', 'threw in cancel', error)
    }
  }

  /** The publisher cannot be trusted any more. */
  #broken(rule: string, what: string, cause?: unknown): void {
    this.#to.onError(breach(rule, what, cause))
    try {
      this.#subscription?.cancel()
    } catch {} // The flow has failed already, and for a better reason.
  }

  /** Rule 2.13: the caller is told that something is missing; so is the flow, for it cannot go on. */
  #refuse(expected: string, got: unknown): TypeError {
    const error = new TypeError(`${expected}, got ${show(got)} (Reactive Streams 2.13)`)
    this.#to.onError(error)
    return error
  }
}

function breach(rule: string, what: string, cause: unknown): ForebayError {
  return new ForebayError('FOREBAY_PROTOCOL', `the publisher ${what} (Reactive Streams ${rule})`, { cause })
}
