import type { Duration } from '../kernel/duration.ts'
import type { Level } from '../kernel/gate.ts'

/** One attempt that did not end well. */
export interface FailedAttempt {
  readonly attempt: number
  /** Unix epoch, ms. */
  readonly at: number
  /** At most 500 characters. */
  readonly reason: string
}

/**
 * One message handed out, and the right to work on it until the lease ends. It is settled once, by `ack`,
 * `nack`, `reject` or `release`; each resolves when that is durable, and rejects with `FOREBAY_LEASE_LOST` when the
 * lease had ended before: somebody else may have the message.
 */
export interface Delivery<T> {
  readonly id: string
  readonly body: T
  readonly key: string | undefined
  readonly group: string | undefined
  readonly level: Level
  /** 1 for the first. */
  readonly attempt: number
  /** Unix epoch, ms. */
  readonly enqueuedAt: number
  /** When the lease ends, on the queue's clock, ms. */
  readonly deadline: number
  /** Stored size. */
  readonly bytes: number
  readonly headers: Readonly<Record<string, string>>
  readonly history: readonly FailedAttempt[]
  /** The work is done. */
  ack(): Promise<void>
  /** The work failed: try again after `delay` (default the queue's backoff), or make it a dead letter if attempts are used up. */
  nack(options?: { delay?: Duration; reason?: string }): Promise<void>
  /** The work can never succeed: make it a dead letter now. */
  reject(reason: string): Promise<void>
  /** Gives it back untouched, at its old place; no attempt is burnt. */
  release(): void
  /** Moves the end of the lease to `time` from now. */
  extend(time: Duration): Promise<void>
}
