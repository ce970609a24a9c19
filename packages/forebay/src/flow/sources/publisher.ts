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

/** The items of a Reactive Streams publisher; one subscription per run, with its first demand. */
export function publisherSource<T>(publisher: Publisher<T>): SourceNode {
  return {
    type: 'source',
    name: 'publisher',
    bound: SLICE,
    create: (env, stage) => new PublisherPull(publisher, env, stage),
  }
}

/**
 * Invariant: held + asked ≤ SLICE; a publisher that sends more breaks rule 1.1 and fails the flow. A failure waits for
 * no demand: what cannot be handed over then is lost. Every item that the publisher ever sends is counted.
 */
export class PublisherPull<T> implements Pull, Subscriber<T> {
  /** Until it is subscribed to. */
  #publisher: Publisher<T> | undefined
  readonly #env: RunEnvironment
  readonly #stage: StageAccount
  readonly #held = new RingBuffer<T>(SLICE)
  #asked = 0
  #pulled = 0
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
  }

  /** Subscribes, once: with the first demand, or earlier when it is called. */
  subscribe(): void {
    const publisher = this.#publisher
    this.#publisher = undefined
    publisher?.subscribe(this)
  }

  run(port: Port): void {
    this.subscribe()
    let handed = 0
    while (port.n > 0 && this.#held.length > 0) {
      this.#pulled++
      handed++
      port.step(this.#held.shift(), undefined)
    }
    if (handed > 0) port.tick(handed)
    if (this.#end !== undefined && (this.#end.failed || this.#held.length === 0)) this.#finish()
    else this.#ask(port.n)
  }

  cancel(): void {
    this.#isOver = true
    this.#loseHeld('cancelled')
    if (this.#end === undefined) this.#cancel(this.#subscription)
  }

  stop(): void {
    if (this.#end === undefined) this.#cancel(this.#subscription)
    this.onComplete()
  }

  pulled(): number {
    return this.#pulled
  }

  onSubscribe(subscription: Subscription): void {
    // Rules 2.5 and 2.6: a second one, or one that is not needed any more.
    if (this.#subscription !== undefined || this.#end !== undefined || this.#isOver) return this.#cancel(subscription)
    this.#subscription = subscription
    this.#port?.wake()
  }

  onNext(value: T): void {
    if (this.#asked === 0 || this.#end !== undefined) return this.#overflow()
    this.#asked--
    // Rule 2.8: it was on its way when the flow cancelled.
    if (this.#isOver) return this.#lose('cancelled')
    this.#held.push(value)
    this.#port?.wake()
  }

  onError(error: unknown): void {
    this.#endWith({ failed: true, error })
  }

  onComplete(): void {
    this.#endWith({ failed: false, error: undefined })
  }

  #overflow(): void {
    this.#lose('protocol')
    if (this.#isOver || this.#end !== undefined) return
    this.onError(
      new ForebayError('FOREBAY_PROTOCOL', 'the publisher sent more than was requested (Reactive Streams 1.1)'),
    )
    this.#cancel(this.#subscription)
  }

  #ask(wanted: number): void {
    const missing = Math.min(wanted, SLICE) - this.#held.length - this.#asked
    if (missing <= 0 || this.#subscription === undefined) return
    this.#asked += missing
    this.#subscription.request(missing)
  }

  #cancel(subscription: Subscription | undefined): void {
    try {
      subscription?.cancel()
    } catch (error) {
      this.#env.fail(error)
    }
  }

  #endWith(end: { failed: boolean; error: unknown }): void {
    if (this.#isOver) return
    this.#end ??= end
    if (this.#held.length === 0) this.#finish()
    else this.#port?.wake()
  }

  #finish(): void {
    this.#isOver = true
    this.#loseHeld('failed')
    if (this.#end?.failed === true) this.#port?.failed(this.#end.error)
    else this.#port?.done()
  }

  #loseHeld(reason: string): void {
    for (; this.#held.length > 0; this.#lose(reason)) this.#held.shift()
  }

  /** An item that the flow does not get. */
  #lose(reason: string): void {
    const { totals } = this.#env
    this.#pulled++
    loseItem(this.#env, this.#stage, totals.enter(undefined), reason)
  }
}
