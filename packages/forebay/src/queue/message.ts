import type { Chunk } from './chunk.ts'
import type { Slotted } from './slots.ts'
import type { StoredMessage } from './stored-message.ts'

/** Whoever holds the lease of a message. Compared by identity: a holder that is not this one has lost it. */
export interface Holder {
  /** The lease has ended; the message is no longer this holder's. */
  expired(): void
}

/** A message that has been handed out, or may be: what leases, deliveries and receivers know of it, wherever it is kept. */
export interface Leased extends Slotted {
  readonly stored: StoredMessage
  /** Attempts that failed, or that had begun when an earlier process ended. */
  readonly failed: number
  holder: Holder | undefined
  /** When the lease ends, on the queue's clock, ms. */
  deadline: number
}

/** A message in memory, from the time its chunk is read until it has ended. */
export class Message implements Leased {
  readonly stored: StoredMessage
  readonly chunk: Chunk
  readonly index: number
  /** Attempts that failed, or that had begun when an earlier process ended. */
  failed: number
  /** An earlier process may have died of it. */
  readonly suspect: boolean
  /** The attempt that comes next is written down. */
  armed = false
  /** It has been handed out before. */
  wasOut = false
  holder: Holder | undefined
  /** When the lease ends, on the queue's clock, ms. */
  deadline = 0
  slot = -1

  constructor(stored: StoredMessage, chunk: Chunk, index: number, suspect: boolean) {
    this.stored = stored
    this.chunk = chunk
    this.index = index
    this.suspect = suspect
    this.failed = Math.max(stored.failed, chunk.begun?.get(index) ?? 0)
  }
}
