import type { Processor, Subscriber, Subscription } from '../../../src/flow/sources/publisher.ts'
import type { ContractRule } from '../../../src/testkit/contract/rules.ts'
import type { World } from '../../../src/testkit/world.ts'

/** Everything that a processor may do wrong between its two sides; one at a time, with a rule against it. */
export const processorFaults = {
  'hands items on in pairs, the second first': '4.1',
  'completes before what it holds is out': '4.1',
  'forgets what was requested before it had an upstream': '4.1',
  'keeps its upstream when its subscriber cancels': '4.1',
  'swallows errors': '4.2',
  'swallows errors until an item has come': '4.2',
  'puts errors behind what it holds': '4.2',
  'replaces errors by one of its own': '4.2',
  'cancels its upstream when that fails': '4.2',
  'requests from an upstream that has failed': '4.2',
  'sends what it holds without demand': '1.1',
} as const satisfies Readonly<Record<string, ContractRule>>

export type ProcessorFault = keyof typeof processorFaults

/** Items that it asks for ahead of its subscriber. */
const AHEAD = 4

/** Holds up to four items for one subscriber and keeps every rule; or breaks one. */
export class FaultyProcessor implements Processor<unknown, unknown>, Subscription {
  readonly #fault: ProcessorFault | undefined
  readonly #world: World
  #subscriber: Subscriber<unknown> | undefined
  #hasHadSubscriber = false
  #upstream: Subscription | undefined
  readonly #held: unknown[] = []
  #asked = 0
  #demand = 0
  #end: { error: unknown } | 'completed' | undefined
  #isSending = false
  #isCancelled = false
  #hasSent = false

  constructor(world: World, fault: ProcessorFault | undefined) {
    this.#world = world
    this.#fault = fault
  }

  subscribe(subscriber: Subscriber<unknown>): void {
    if (typeof subscriber?.onSubscribe !== 'function') throw new TypeError('no subscriber')
    if (this.#subscriber === subscriber) return this.#failWith(new Error('again?'))
    if (this.#hasHadSubscriber) {
      subscriber.onSubscribe({ request: () => {}, cancel: () => {} })
      return subscriber.onError(new Error('one is enough'))
    }
    this.#hasHadSubscriber = true
    this.#subscriber = subscriber
    this.#isSending = true
    try {
      subscriber.onSubscribe(this)
    } catch {
      this.cancel()
    }
    this.#isSending = false
    this.#go()
  }

  request(items: number): void {
    if (this.#fault === 'requests from an upstream that has failed') this.#upstream?.request(1)
    if (this.#subscriber === undefined) return
    if (!(items > 0 && (Number.isInteger(items) || items === Infinity))) {
      return this.#failWith(new RangeError(`request(${String(items)}): expected a whole number > 0 (3.9)`))
    }
    if (this.#fault === 'forgets what was requested before it had an upstream' && this.#upstream === undefined) return
    this.#demand += items
    this.#go()
  }

  cancel(): void {
    if (this.#subscriber === undefined) return
    this.#leave()
  }

  onSubscribe(subscription: Subscription): void {
    if (subscription === null || subscription === undefined) throw new TypeError('no subscription')
    if (this.#upstream !== undefined || this.#isCancelled) return subscription.cancel()
    this.#upstream = subscription
    this.#go()
  }

  onNext(item: unknown): void {
    this.#asked--
    if (this.#isCancelled || this.#end !== undefined) return
    this.#hasSent = true
    this.#held.push(item)
    this.#go()
  }

  onError(error: unknown): void {
    const fault = this.#fault
    if (error === null || error === undefined) throw new TypeError('no error')
    if (this.#isCancelled || this.#end !== undefined || fault === 'swallows errors') return
    if (fault === 'swallows errors until an item has come' && !this.#hasSent) return
    if (fault === 'cancels its upstream when that fails') this.#world.clock.after(1, () => this.#upstream?.cancel())
    this.#end = { error: fault === 'replaces errors by one of its own' ? new Error('something') : error }
    if (fault !== 'puts errors behind what it holds') this.#held.length = 0
    this.#go()
  }

  onComplete(): void {
    if (this.#isCancelled) return
    this.#end ??= 'completed'
    if (this.#fault === 'completes before what it holds is out') this.#held.length = 0
    this.#go()
  }

  /** In a later turn: it never signals inside a signal. */
  #go(): void {
    if (this.#isSending) return
    this.#isSending = true
    this.#world.clock.after(0, () => {
      this.#send()
      this.#isSending = false
      this.#tell()
      this.#ask()
    })
  }

  #send(): void {
    const isLoose = this.#fault === 'sends what it holds without demand'
    const isPairing = this.#fault === 'hands items on in pairs, the second first'
    let budget = 1000
    while ((this.#demand > 0 || isLoose) && this.#held.length > 0 && this.#subscriber !== undefined) {
      if (isPairing && this.#held.length < 2 && this.#end === undefined) break
      const item = isPairing && this.#held.length > 1 ? this.#held.splice(1, 1)[0] : this.#held.shift()
      this.#demand--
      try {
        this.#subscriber.onNext(item)
      } catch {
        this.#leave()
      }
      if (this.#held.length === 0) this.#ask()
      if (--budget > 0) continue
      this.#world.clock.after(0, () => this.#go())
      break
    }
  }

  #ask(): void {
    if (this.#upstream === undefined || this.#end !== undefined || this.#isCancelled) return
    const items = AHEAD - this.#held.length - this.#asked
    if (items <= 0) return
    this.#asked += items
    this.#upstream.request(items)
  }

  #tell(): void {
    const subscriber = this.#subscriber
    if (this.#held.length > 0 || this.#end === undefined || subscriber === undefined) return
    this.#subscriber = undefined
    try {
      if (this.#end === 'completed') subscriber.onComplete()
      else subscriber.onError(this.#end.error)
    } catch {}
  }

  /** Its subscriber has asked for nothing good: that ends both sides. */
  #failWith(error: unknown): void {
    this.#held.length = 0
    const isOpen = this.#end === undefined
    this.#end = { error }
    if (isOpen) this.#upstream?.cancel()
    this.#go()
  }

  #leave(): void {
    this.#subscriber = undefined
    this.#isCancelled = true
    this.#held.length = 0
    if (this.#end === undefined && this.#fault !== 'keeps its upstream when its subscriber cancels') {
      this.#upstream?.cancel()
    }
  }
}
