import type { Publisher, Subscriber, Subscription } from '../../flow/sources/publisher.ts'
import type { Signal } from './subscriber-probe.ts'

/** A call that a subscriber made on its subscription. */
export interface Call {
  readonly method: 'request' | 'cancel'
  readonly items: number
  /** What was on the stack: signals that the probe was giving, calls that it was answering. */
  readonly inside: readonly (Signal | Call['method'])[]
}

/**
 * A publisher that is driven by hand, with the subscription that it gives to its subscriber. It writes down what the
 * subscriber calls and enforces nothing. `answer` is called inside every request, for publishers that signal at once.
 */
export class PublisherProbe implements Publisher<unknown> {
  readonly calls: Call[] = []
  /** Calls that were not made on the subscription itself. */
  readonly detached: string[] = []
  readonly subscription: Subscription
  sent = 0
  #to: Subscriber<unknown> | undefined
  readonly #stack: (Signal | Call['method'])[] = []

  constructor(answer: (probe: PublisherProbe, items: number) => void = () => {}) {
    this.subscription = subscriptionOf({
      request: (items, isOurs) => {
        this.#called('request', items, isOurs)
        this.#within('request', () => answer(this, items))
      },
      cancel: (isOurs) => this.#called('cancel', 0, isOurs),
    })
  }

  get requested(): number {
    return this.calls.reduce((sum, { items }) => sum + items, 0)
  }

  get cancels(): number {
    return this.calls.filter(({ method }) => method === 'cancel').length
  }

  /** Requested and not sent. */
  get demand(): number {
    return this.requested - this.sent
  }

  subscribe(subscriber: Subscriber<unknown>): void {
    this.#to = subscriber
    this.#within('onSubscribe', () => subscriber.onSubscribe(this.subscription))
  }

  next(item: unknown): void {
    this.sent++
    this.#within('onNext', () => this.#to?.onNext(item))
  }

  error(error: unknown): void {
    this.#within('onError', () => this.#to?.onError(error))
  }

  complete(): void {
    this.#within('onComplete', () => this.#to?.onComplete())
  }

  /** Calls that were made while `what` was on the stack. */
  callsInside(what: Signal | Call['method']): readonly Call[] {
    return this.calls.filter(({ inside }) => inside.includes(what))
  }

  #called(method: Call['method'], items: number, isOurs: boolean): void {
    if (!isOurs) this.detached.push(method)
    this.calls.push({ method, items, inside: [...this.#stack] })
  }

  #within(what: Signal | Call['method'], work: () => void): void {
    this.#stack.push(what)
    try {
      work()
    } finally {
      this.#stack.pop()
    }
  }
}

/** A subscription that knows whether its methods are called on it. */
function subscriptionOf(to: {
  request(items: number, isOurs: boolean): void
  cancel(isOurs: boolean): void
}): Subscription {
  const subscription: Subscription = {
    request(items) {
      to.request(items, this === subscription)
    },
    cancel() {
      to.cancel(this === subscription)
    },
  }
  return subscription
}
