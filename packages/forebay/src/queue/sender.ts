import type { PutItem, PutResult } from './queue.ts'

/** Why a sender has no credit: the bounds are reached, the disk refuses, or it is over. Brokers add their own. */
export type PauseReason = 'full' | 'disk' | 'broker' | 'window' | 'closed'

/** What a sender may put now without waiting. */
export interface SenderCredit {
  readonly items: number
  readonly bytes: number
  readonly state: 'open' | 'paused'
  readonly reason?: PauseReason
  /** What the disk or the broker said when it refused. */
  readonly message?: string
}

/** Room that is set aside for one later put. What that put does not use goes back; so does all of it on `release`. */
export interface Grant {
  readonly items: number
  readonly bytes: number
  release(): void
  [Symbol.dispose](): void
}

export interface PutOptions {
  grant?: Grant
  /**
   * A transaction of the caller's own on the store's server, in which the put is made: stored when that commits, and
   * not when it rolls back. It does not wait: a full queue rejects. `FOREBAY_UNSUPPORTED` where `caps.transactions` is
   * not set. For `postgres://` a client of `pg` that has begun one.
   */
  transaction?: unknown
  /** Gives up waiting. Nothing of the put is stored then; once it is on its way to the disk it is not called back. */
  signal?: AbortSignal
}

/** The producer's end: credit first, then put. */
export interface Sender<T> {
  readonly credit: SenderCredit
  /** Waits, first come first served, until there is room, and sets it aside. `bytes` default to 0: only the items are then sure. */
  acquire(want: { items: number; bytes?: number }, signal?: AbortSignal): Promise<Grant>
  /**
   * Stores a batch, whole or not at all (under `drop-*` item by item), and resolves when it is as durable as the
   * store promises. A full queue does what its overflow policy says: `backpressure` waits in line, `reject`
   * refuses with a `Shed` whose `retryAfterMs` comes from the measured drain rate, `fail` with `FOREBAY_OVERFLOW`.
   * A batch that could never fit is refused with `FOREBAY_TOO_LARGE`.
   */
  put(items: readonly PutItem<T>[], options?: PutOptions): Promise<PutResult[]>
  /** Called when the sender is paused and when it may go on. Returns the way to stop. */
  onCredit(listener: (credit: SenderCredit) => void): () => void
  /** Waits for the puts of this sender, then refuses more. */
  close(): Promise<void>
}
