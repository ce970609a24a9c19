import type { Flow } from '../flow/flow.ts'
import type { RunOptions } from '../kernel/run.ts'

/** An async iterable of a flow's items with options for its runs; each loop over it is a run of its own. */
export function toAsyncIterable<T>(flow: Flow<T>, options: RunOptions = {}): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => flow.iterate(options) }
}
