import type { Flow } from '../flow/flow.ts'
import { flow } from '../flow/sources.ts'
import type { Publisher } from '../flow/sources/publisher.ts'

/** A flow of the items of a Reactive Streams publisher, one subscription per run; the same as `flow(publisher)`. */
export function fromPublisher<T>(publisher: Publisher<T>): Flow<T> {
  return flow<T>({ subscribe: (subscriber) => publisher.subscribe(subscriber) })
}
