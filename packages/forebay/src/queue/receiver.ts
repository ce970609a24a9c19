import type { Bytes } from '../kernel/bytes.ts'
import type { Delivery } from './delivery.ts'

export interface ReceiverOptions {
  /** Deliveries that may be unsettled at once; default 256. */
  prefetch?: number
  /** Their stored bytes; one delivery may go over, so that a large one can be delivered at all. Default `'64MiB'`. */
  prefetchBytes?: Bytes
  /**
   * Renews the leases of what it has handed out, three times a lease, while it is open: then a lease says how long
   * a process that died or hangs keeps its messages, not how long work may take. Default false.
   */
  renew?: boolean
}

/**
 * The consumer's end. A delivery is handed out only against credit: a pull (`next`, `batch`, an iteration)
 * is credit for what it asks for; `grant` is credit for `onDelivery`. Always: delivered ≤ pulled + granted,
 * and unsettled ≤ `prefetch`. A queue that is full, paused or out of disk still delivers.
 */
export interface Receiver<T> {
  /** Takes one; waits for it. `undefined` when the receiver is closed. An aborted wait takes nothing. */
  next(signal?: AbortSignal): Promise<Delivery<T> | undefined>
  /**
   * Takes up to `max`: resolves when it has them all, or `waitMs` after the call with what there is, perhaps nothing.
   * `waitMs` 0 takes what is ready.
   */
  batch(max: number, waitMs: number, signal?: AbortSignal): Promise<Delivery<T>[]>
  /** Where granted deliveries go, in arrays. One listener; called from the queue's own turns, never from inside `grant`. */
  onDelivery(listener: (deliveries: Delivery<T>[]) => void): void
  /** Credit for `items` more deliveries to the listener. */
  grant(items: number): void
  /** Acknowledges many at once with one promise. Those whose lease was lost make it reject, after the others are durable. */
  ackAll(deliveries: readonly Delivery<T>[]): Promise<void>
  /** Stops new deliveries; leases stay. */
  pause(): void
  resume(): void
  /** Handed out and not settled. */
  readonly unsettled: number
  readonly isClosed: boolean
  /** Takes no more, waits up to `drainMs` (default 0) for unsettled deliveries, gives the rest back at once, no attempt burnt. */
  close(options?: { drainMs?: number }): Promise<void>
  [Symbol.asyncIterator](): AsyncIterator<Delivery<T>>
  [Symbol.asyncDispose](): Promise<void>
}
