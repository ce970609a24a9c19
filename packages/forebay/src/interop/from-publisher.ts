import type { Flow } from '../flow/flow.ts'
import { flow } from '../flow/sources.ts'
import type { Publisher } from '../flow/sources/publisher.ts'
import { show } from '../kernel/check.ts'

/**
 * A flow of the items of a Reactive Streams publisher, one subscription per run; the same as `flow(publisher)`, also
 * for an object that has other methods. It asks for at most 64 items at a time, and never for more than the flow wants.
 * A publisher that breaks a rule fails the flow with `FOREBAY_PROTOCOL` and the number of the rule.
 */
export function fromPublisher<T>(publisher: Publisher<T>): Flow<T> {
  if (typeof publisher?.subscribe !== 'function') {
    throw new TypeError(`fromPublisher: expected a publisher, got ${show(publisher)}`)
  }
  return flow<T>({ subscribe: (subscriber) => publisher.subscribe(subscriber) })
}
