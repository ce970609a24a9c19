import type { Subscriber, Subscription } from '../../../src/flow/sources/publisher.ts'
import type { SubscriberCase } from '../../../src/testkit/contract/subscriber-bench.ts'
import type { ContractRule } from '../../../src/testkit/contract/rules.ts'
import type { World } from '../../../src/testkit/world.ts'

/** Everything that a subscriber may do wrong; one at a time, with a rule against it. */
export const subscriberFaults = {
  'never requests': '2.1',
  'works inside onNext until it is done': '2.2',
  'cancels inside onComplete': '2.3',
  'requests inside onError': '2.3',
  'requests after onComplete': '2.4',
  'cancels after onError': '2.4',
  'takes every subscription for its own': '2.5',
  'ignores a second subscription': '2.5',
  'forgets to cancel': '2.6',
  'requests after it has cancelled': '2.7',
  'throws at items after it has cancelled': '2.8',
  'throws at onComplete before its first request': '2.9',
  'ignores onComplete after a request': '2.9',
  'throws at onError before its first request': '2.10',
  'ignores onError after a request': '2.10',
  'processes the newest item first': '2.11',
  'does nothing when it is given no subscription': '2.13',
  'does nothing when it is given no error': '2.13',
  'throws at null and undefined': '2.13',
  'throws at a second end': '2.13',
  'calls request without its subscription': '3.1',
  'requests once and never again': '3.8',
  'requests fractions': '3.9',
  'sets itself up after it has requested': '3.10',
  'requests one by one in a loop, whatever comes': '3.11',
} as const satisfies Readonly<Record<string, ContractRule>>

export type SubscriberFault = keyof typeof subscriberFaults

/** A subscriber that processes items one at a time, in a later turn, and keeps every rule; or one that breaks a rule. */
class FaultySubscriber implements Subscriber<unknown> {
  readonly received: unknown[] = []
  ended: 'completed' | 'failed' | undefined
  readonly #world: World
  readonly #fault: SubscriberFault | undefined
  readonly #queue: unknown[] = []
  #subscription: Subscription | undefined
  #wanted = 0
  #asked = 0
  #state: 'open' | 'cancelled' | 'over' = 'open'
  #end: 'completed' | 'failed' | undefined
  #isWorking = false
  #hasRequested = false

  constructor(world: World, fault: SubscriberFault | undefined) {
    this.#world = world
    this.#fault = fault
  }

  /** Wants so many items more; asks for at most three at a time. */
  want(items: number): void {
    this.#wanted += items
    this.#ask()
  }

  stop(): void {
    const fault = this.#fault
    if (this.#state !== 'open') return
    this.#state = 'cancelled'
    this.#queue.length = 0
    if (fault === 'forgets to cancel') return
    this.#subscription?.cancel()
    if (fault === 'requests after it has cancelled') this.#world.clock.after(1, () => this.#subscription?.request(1))
  }

  onSubscribe(subscription: Subscription): void {
    const fault = this.#fault
    if (subscription === null || subscription === undefined) {
      if (fault === 'does nothing when it is given no subscription') return
      throw new TypeError('no subscription')
    }
    if (fault === 'takes every subscription for its own') {
      this.#subscription = subscription
      return this.#ask()
    }
    if (this.#subscription !== undefined || this.#state !== 'open') {
      if (fault !== 'ignores a second subscription') subscription.cancel()
      return
    }
    if (fault === 'sets itself up after it has requested') {
      subscription.request(1)
      this.#asked++
    }
    this.#subscription = subscription
    this.#ask()
  }

  onNext(item: unknown): void {
    const fault = this.#fault
    if (this.#state === 'cancelled' && fault === 'throws at items after it has cancelled') throw new Error('enough!')
    if ((item === null || item === undefined) && fault === 'throws at null and undefined')
      throw new TypeError('nothing')
    if (this.#subscription === undefined) throw new Error('nobody has subscribed')
    if (this.#state !== 'open') return
    this.#asked--
    if (fault === 'works inside onNext until it is done') {
      this.#world.clock.advanceSync(3)
      this.received.push(item)
      return this.#ask()
    }
    this.#queue.push(item)
    this.#workSoon()
  }

  onError(error: unknown): void {
    const fault = this.#fault
    if (error === null || error === undefined) {
      if (fault === 'does nothing when it is given no error') return
      throw new TypeError('no error')
    }
    if (fault === 'throws at onError before its first request' && !this.#hasRequested) throw new Error('so soon?')
    if (fault === 'ignores onError after a request' && this.#hasRequested) return
    if (fault === 'requests inside onError') this.#subscription?.request(1)
    if (fault === 'cancels after onError') this.#world.clock.after(1, () => this.#subscription?.cancel())
    this.#endWith('failed')
  }

  onComplete(): void {
    const fault = this.#fault
    if (fault === 'throws at onComplete before its first request' && !this.#hasRequested) throw new Error('so soon?')
    if (fault === 'ignores onComplete after a request' && this.#hasRequested) return
    if (fault === 'cancels inside onComplete') this.#subscription?.cancel()
    if (fault === 'requests after onComplete') this.#world.clock.after(1, () => this.#subscription?.request(1))
    this.#endWith('completed')
  }

  #endWith(end: 'completed' | 'failed'): void {
    if (this.#state !== 'open') {
      if (this.#fault === 'throws at a second end') throw new Error('again?')
      return
    }
    this.#state = 'over'
    this.#end = end
    this.#workSoon()
  }

  #ask(): void {
    const fault = this.#fault
    const subscription = this.#subscription
    if (subscription === undefined || this.#state !== 'open' || fault === 'never requests') return
    if (fault === 'requests once and never again' && this.#hasRequested) return
    const items = Math.min(3, this.#wanted) - this.#asked - this.#queue.length
    if (items <= 0) return
    this.#asked += items
    this.#wanted -= items
    this.#hasRequested = true
    if (fault === 'requests fractions') return subscription.request(items + 0.5)
    if (fault === 'requests one by one in a loop, whatever comes') {
      for (let n = 0; n < items; n++) subscription.request(1)
      return
    }
    if (fault === 'calls request without its subscription') {
      const { request } = subscription as { request: (this: void, n: number) => void }
      return request(items)
    }
    subscription.request(items)
  }

  #workSoon(): void {
    if (this.#isWorking) return
    this.#isWorking = true
    this.#world.clock.after(1, () => this.#work())
  }

  #work(): void {
    this.#isWorking = false
    if (this.#queue.length > 0) {
      this.received.push(this.#fault === 'processes the newest item first' ? this.#queue.pop() : this.#queue.shift())
      if (this.#queue.length > 0 || this.#end !== undefined) this.#workSoon()
      this.#ask()
    } else this.ended = this.#end
  }
}

/** A case for the contract. */
export function faultySubscriber(world: World, fault: SubscriberFault | undefined): SubscriberCase {
  const subscriber = new FaultySubscriber(world, fault)
  return {
    subscriber,
    request: (items) => subscriber.want(items),
    cancel: () => subscriber.stop(),
    received: () => subscriber.received,
    ended: () => subscriber.ended,
  }
}
