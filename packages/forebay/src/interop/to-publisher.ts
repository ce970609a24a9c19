import { show } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { Flow } from '../flow/flow.ts'
import type { Publisher, Subscriber } from '../flow/sources/publisher.ts'
import { SubscriberLink, type PublisherOptions } from './subscriber-link.ts'

/**
 * A Reactive Streams publisher of a flow's items (1.0.4): each subscription is a run of its own, `request(n)` is
 * its credit, `cancel()` cancels it. Values may be `null` and `undefined`, unlike rule 2.13; `request` takes numbers,
 * bigints and `Infinity`. A second subscription of a subscriber that has one fails it with `FOREBAY_PROTOCOL`.
 */
export function toPublisher<T>(flow: Flow<T>, options: PublisherOptions = {}): Publisher<T> {
  /** Weak: a publisher keeps no subscriber alive (rule 3.13). */
  const links = new WeakMap<Subscriber<T>, SubscriberLink<T>>()
  return {
    subscribe: (subscriber) => {
      checkSubscriber(subscriber)
      const active = links.get(subscriber)
      if (active !== undefined && !active.isOver) return active.abort(subscribedTwice())
      const link = new SubscriberLink<T>(subscriber, options.onViolation)
      links.set(subscriber, link)
      link.start(flow, options)
    },
  }
}

/** Rules 1.10 and 2.12: there is no second `onSubscribe`, so the first subscription is what can be failed. */
export function subscribedTwice(): ForebayError {
  return new ForebayError('FOREBAY_PROTOCOL', 'the subscriber was subscribed twice (Reactive Streams 1.10)')
}

/** Throws `TypeError` unless `subscriber` has the four methods. */
export function checkSubscriber(subscriber: unknown): void {
  const methods = Object(subscriber) as Partial<Subscriber<unknown>>
  for (const method of ['onSubscribe', 'onNext', 'onError', 'onComplete'] as const) {
    if (typeof methods[method] === 'function') continue
    throw new TypeError(`subscribe: expected a subscriber with ${method}(), got ${show(subscriber)}`)
  }
}
