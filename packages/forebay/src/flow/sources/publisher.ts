import { show } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { SourceNode } from '../../kernel/plan.ts'
import type { Port, Pull } from '../../kernel/receiver.ts'
import { RingBuffer } from '../../kernel/ring-buffer.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { loseItem } from '../lose-item.ts'

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

/** Reactive Streams: a stage of processing, which obeys both contracts. */
export interface Processor<T, R> extends Subscriber<T>, Publisher<R> {}

/** Items that may be asked for in one go, always within what the flow has asked for. */
const SLICE = 64

/** The items of a Reactive Streams publisher; one subscription per run: with its first demand, or with its start if `eager`. */
export function publisherSource<T>(publisher: Publisher<T>, eager = false): SourceNode {
  return {
    type: 'source',
    name: 'publisher',
    bound: SLICE,
    create: (env, stage) => {
      const pull = new PublisherPull(publisher, env, stage)
      if (eager) pull.subscribe()
      return pull
    },
  }
}

/**
 * Invariant: held + asked ≤ SLICE. A failure waits for no demand: what cannot be handed over then is lost, and counted.
 * A publisher that breaks a rule fails the flow with that rule's number, and every item it ever sends is counted.
 */
class PublisherPull<T> implements Pull, Subscriber<T> {
  readonly #publisher: Publisher<T>
  readonly #env: RunEnvironment
  readonly #stage: StageAccount
  readonly #held = new RingBuffer<T>(SLICE)
  #asked = 0
  #pulled = 0
  #isSubscribed = false
  #subscription: Subscription | undefined
  #end: { failed: boolean; error: unknown } | undefined
  #isOver = false
  #port: Port | undefined

  constructor(publisher: Publisher<T>, env: RunEnvironment, stage: StageAccount) {
    this.#publisher = publisher
    this.#env = env
    this.#stage = stage
  }

  bind(port: Port): void {
    this.#port = port
    // Not at once: the rest of the flow is not in place yet.
    if (this.#end !== undefined) queueMicrotask(() => port.wake())
  }

  subscribe(): void {
    this.#isSubscribed = true
    try {
      this.#publisher.subscribe(this)
    } catch (error) {
      this.#broken('1.9', 'threw in subscribe', error)
    }
  }

  run(port: Port): void {
    if (!this.#isSubscribed) this.subscribe()
    let handed = 0
    while (port.n > 0 && this.#held.length > 0) {
      this.#pulled++
      handed++
      port.step(this.#held.shift(), undefined)
    }
    if (handed > 0) port.tick(handed)
    if (this.#end !== undefined && (this.#end.failed || this.#held.length === 0)) this.#finish(this.#end)
    else this.#ask(port.n)
  }

  cancel(): void {
    this.#isOver = true
    this.#loseHeld('cancelled')
    if (this.#end === undefined) this.#cancel(this.#subscription)
  }

  stop(): void {
    if (this.#end === undefined) this.#cancel(this.#subscription)
    this.#endWith(false, undefined)
  }

  pulled(): number {
    return this.#pulled
  }

  onSubscribe(subscription: Subscription): void {
    if (typeof subscription?.request !== 'function') {
      throw this.#refuse(`onSubscribe: expected a subscription, got ${show(subscription)}`)
    }
    // Rules 2.5 and 2.6: a second one, or one that is not needed any more.
    if (this.#subscription !== undefined || this.#end !== undefined || this.#isOver) return this.#cancel(subscription)
    this.#subscription = subscription
    this.#port?.wake()
  }

  onNext(value: T): void {
    if (this.#asked === 0 || this.#end !== undefined) {
      this.#lose('protocol')
      if (this.#end === undefined && !this.#isOver) this.#broken(...this.#unasked())
      return
    }
    this.#asked--
    // Rule 2.8: what was on its way when the flow cancelled.
    if (this.#isOver) return this.#lose('cancelled')
    this.#held.push(value)
    this.#port?.wake()
  }

  onError(error: unknown): void {
    if (error === undefined || error === null) throw this.#refuse(`onError: expected an error, got ${show(error)}`)
    if (this.#subscription === undefined) return this.#broken('1.9', 'failed before onSubscribe', error)
    this.#endWith(true, error)
  }

  onComplete(): void {
    if (this.#subscription === undefined) return this.#broken('1.9', 'completed before onSubscribe')
    this.#endWith(false, undefined)
  }

  #ask(wanted: number): void {
    const missing = Math.min(wanted, SLICE) - this.#held.length - this.#asked
    if (missing <= 0 || this.#subscription === undefined || this.#end !== undefined || this.#isOver) return
    this.#asked += missing
    try {
      this.#subscription.request(missing)
    } catch (error) {
      this.#broken('3.16', 'threw in request', error)
    }
  }

  #cancel(subscription: Subscription | undefined): void {
    try {
      subscription?.cancel()
    } catch (error) {
      this.#env.fail(breach('3.15', 'threw in cancel', error))
    }
  }

  #unasked(): [rule: string, what: string] {
    return this.#subscription === undefined
      ? ['1.9', 'sent an item before onSubscribe']
      : ['1.1', 'sent an item that nobody asked for']
  }

  /** The publisher cannot be trusted any more. */
  #broken(rule: string, what: string, cause?: unknown): void {
    if (this.#end !== undefined || this.#isOver) return
    this.#endWith(true, breach(rule, what, cause))
    this.#cancel(this.#subscription)
  }

  /** Rule 2.13: the caller is told that something is missing; so is the flow, for it cannot go on. */
  #refuse(message: string): TypeError {
    const error = new TypeError(`${message} (Reactive Streams 2.13)`)
    this.#endWith(true, error)
    return error
  }

  #endWith(failed: boolean, error: unknown): void {
    if (this.#isOver || this.#end !== undefined) return
    this.#end = { failed, error }
    if (this.#held.length === 0 && this.#port !== undefined) this.#finish(this.#end)
    else this.#port?.wake()
  }

  #finish({ failed, error }: { failed: boolean; error: unknown }): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#loseHeld('failed')
    if (failed) this.#port?.failed(error)
    else this.#port?.done()
  }

  #loseHeld(reason: string): void {
    for (; this.#held.length > 0; this.#lose(reason)) this.#held.shift()
  }

  /** An item that the flow does not get. */
  #lose(reason: string): void {
    const { totals } = this.#env
    this.#pulled++
    loseItem(this.#env, this.#stage, totals.lineage ? totals.enter(undefined) : undefined, reason)
  }
}

function breach(rule: string, what: string, cause: unknown): ForebayError {
  return new ForebayError('FOREBAY_PROTOCOL', `the publisher ${what} (Reactive Streams ${rule})`, { cause })
}
