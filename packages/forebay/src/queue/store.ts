import type { Caps } from './caps.ts'
import type { Queue, QueueOptions } from './queue.ts'

/**
 * Something a store did or found by itself that its owner should know: a damaged file set aside, a file compacted, a
 * queue that its broker keeps with other bounds, or that its list lacks; dead letters that a redrive did not get to;
 * a message that its broker refuses to move.
 */
export interface StoreReport {
  readonly kind:
    | 'set-aside'
    | 'compacted'
    | 'corrupt-message'
    | 'unknown-durability'
    | 'lost-message'
    | 'other-bounds'
    | 'unlisted'
    | 'unvisited'
    | 'refused'
  readonly message: string
}

/** Where queues live. `openStore(url)` of `@forebay/connectors` makes one from a URL. */
export interface Store {
  readonly url: string
  readonly caps: Caps
  /** Opens a queue, or makes it. A queue is open once at a time: a second open before it is closed is `FOREBAY_UNAVAILABLE`. */
  queue<T>(name: string, options?: QueueOptions<T>): Promise<Queue<T>>
  /** Its queues that are open in this process, in the order in which they were opened. */
  opened(): readonly Queue<unknown>[]
  /** Names of the queues it holds. */
  list(): Promise<string[]>
  /** What it did by itself since it was opened, the last 100. */
  readonly reports: readonly StoreReport[]
  /** Closes its queues and then itself. Closing twice is fine. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
