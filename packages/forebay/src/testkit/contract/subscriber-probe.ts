import type { Subscriber, Subscription } from '../../flow/sources/publisher.ts'

export type Signal = 'onSubscribe' | 'onNext' | 'onError' | 'onComplete'

/** What a probe does inside its signals, besides writing them down. */
export interface Behaviour {
  onSubscribe?(probe: SubscriberProbe): void
  onNext?(probe: SubscriberProbe, item: unknown): void
  onError?(probe: SubscriberProbe, error: unknown): void
  onComplete?(probe: SubscriberProbe): void
}

/**
 * A subscriber that writes down everything it is told and enforces nothing: what arrives after a cancel, after the
 * end or beyond its demand is what the checks are about.
 */
export class SubscriberProbe implements Subscriber<unknown> {
  readonly signals: Signal[] = []
  readonly items: unknown[] = []
  readonly errors: unknown[] = []
  readonly subscriptions: Subscription[] = []
  completions = 0
  /** Asked for so far, by {@link request}. */
  requested = 0
  /** The most items that were ever ahead of the demand. */
  excess = 0
  /** Signals that began inside another one, as `inner inside outer`. */
  readonly overlaps: string[] = []
  /** The most calls of `onNext` that were ever on the stack. */
  deepest = 0
  readonly #behaviour: Behaviour
  readonly #stack: Signal[] = []

  constructor(behaviour: Behaviour = {}) {
    this.#behaviour = behaviour
  }

  /** How many ends it has seen. */
  get ends(): number {
    return this.completions + this.errors.length
  }

  get ended(): 'completed' | 'failed' | undefined {
    if (this.completions > 0) return 'completed'
    return this.errors.length > 0 ? 'failed' : undefined
  }

  get subscription(): Subscription {
    const [first] = this.subscriptions
    if (first === undefined) throw new Error('onSubscribe was not called')
    return first
  }

  request(items: number): void {
    this.requested += items
    this.subscription.request(items)
  }

  cancel(): void {
    this.subscription.cancel()
  }

  onSubscribe(subscription: Subscription): void {
    this.subscriptions.push(subscription)
    this.#within('onSubscribe', () => this.#behaviour.onSubscribe?.(this))
  }

  onNext(item: unknown): void {
    this.items.push(item)
    this.excess = Math.max(this.excess, this.items.length - this.requested)
    this.#within('onNext', () => this.#behaviour.onNext?.(this, item))
  }

  onError(error: unknown): void {
    this.errors.push(error)
    this.#within('onError', () => this.#behaviour.onError?.(this, error))
  }

  onComplete(): void {
    this.completions++
    this.#within('onComplete', () => this.#behaviour.onComplete?.(this))
  }

  #within(signal: Signal, work: () => void): void {
    this.signals.push(signal)
    const outer = this.#stack.at(-1)
    if (outer !== undefined) this.overlaps.push(`${signal} inside ${outer}`)
    this.#stack.push(signal)
    this.deepest = Math.max(this.deepest, this.#stack.filter((one) => one === 'onNext').length)
    try {
      work()
    } finally {
      this.#stack.pop()
    }
  }
}
