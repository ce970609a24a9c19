import type { Publisher, Subscriber, Subscription } from '../../flow/sources/publisher.ts'

/** How the items of a plain publisher end. */
export interface PlainEnd {
  /** Fails with this error instead of completing. */
  readonly error?: unknown
}

/** A publisher of the numbers 0 … items − 1 that answers requests at once and keeps the rules: what processors are fed with. */
export function plainPublisher(items: number, end: PlainEnd = {}): Publisher<number> {
  return { subscribe: (subscriber) => new PlainSubscription(subscriber, items, end).start() }
}

class PlainSubscription implements Subscription {
  #to: Subscriber<number> | undefined
  readonly #items: number
  readonly #end: PlainEnd
  #sent = 0
  #demand = 0
  #isSending = false

  constructor(to: Subscriber<number>, items: number, end: PlainEnd) {
    this.#to = to
    this.#items = items
    this.#end = end
  }

  start(): void {
    this.#isSending = true
    this.#to?.onSubscribe(this)
    this.#isSending = false
    this.#send()
  }

  request(items: number): void {
    this.#demand += items
    this.#send()
  }

  cancel(): void {
    this.#to = undefined
  }

  #send(): void {
    if (this.#isSending) return
    this.#isSending = true
    for (; this.#demand > 0 && this.#sent < this.#items; this.#demand--) this.#to?.onNext(this.#sent++)
    this.#isSending = false
    const to = this.#to
    if (to === undefined || this.#sent < this.#items) return
    this.#to = undefined
    if ('error' in this.#end) to.onError(this.#end.error)
    else to.onComplete()
  }
}
