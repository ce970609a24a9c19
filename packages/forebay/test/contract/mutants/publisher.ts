import type { Publisher, Subscriber } from '../../../src/flow/sources/publisher.ts'
import type { PublisherFault } from './publisher-faults.ts'
import { failure, FaultySubscription, type Host, type Making } from './subscription.ts'

/** A publisher that keeps every rule, one subscription for each subscriber; or one that breaks a rule. */
export class FaultyPublisher implements Publisher<number>, Host {
  readonly making: Making
  readonly fault: PublisherFault | undefined
  readonly active = new Map<Subscriber<number>, FaultySubscription>()
  readonly #kept: unknown[] = []
  #isShut = false

  constructor(making: Making, fault: PublisherFault | undefined) {
    this.making = making
    this.fault = fault
  }

  subscribe(subscriber: Subscriber<number>): void {
    const { fault, making } = this
    if (typeof subscriber?.onSubscribe !== 'function') {
      if (fault === 'does nothing when it is given no subscriber') return
      throw new TypeError('no subscriber')
    }
    if (fault === 'throws its failure from subscribe' && making.fails === true && making.items === 0) throw failure()
    const known = this.active.get(subscriber)
    if (known !== undefined && fault === 'throws at a subscriber that it has') throw new Error('again?')
    if (known !== undefined && fault !== 'calls onSubscribe for every subscribe') return known.fail(new Error('again?'))
    if (fault === 'keeps its subscribers for ever') this.#kept.push(subscriber)
    const subscription = new FaultySubscription(this, subscriber, this.active.size > 0)
    this.active.set(subscriber, subscription)
    subscription.start(this.#isShut)
  }

  /** A subscription is over. */
  forget(subscriber: Subscriber<number>, isCancelled: boolean): void {
    this.active.delete(subscriber)
    if (this.fault === 'shuts down without a word when the last subscriber cancels') this.#isShut ||= isCancelled
  }
}
