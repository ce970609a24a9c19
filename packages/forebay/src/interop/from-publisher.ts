import type { Flow } from '../flow/flow.ts'
import { flow } from '../flow/sources.ts'
import type { Publisher } from '../flow/sources/publisher.ts'
import { show } from '../kernel/check.ts'
import { StrictSubscriber } from './strict-subscriber.ts'

/**
 * A flow of the items of a Reactive Streams publisher, one subscription per run, which asks for at most 64 items at a
 * time and never for more than the flow wants. Unlike `flow(publisher)` it trusts the publisher with nothing: one that
 * breaks a rule fails the flow with `FOREBAY_PROTOCOL` and the number of the rule. It takes every object with `subscribe`.
 */
export function fromPublisher<T>(publisher: Publisher<T>): Flow<T> {
  if (typeof publisher?.subscribe !== 'function') {
    throw new TypeError(`fromPublisher: expected a publisher, got ${show(publisher)}`)
  }
  return flow<T>({
    subscribe: (source) => {
      const strict = new StrictSubscriber<T>(source)
      try {
        publisher.subscribe(strict)
      } catch (error) {
        strict.thrown(error)
      }
    },
  })
}
