import type { Counters } from './counters.ts'
import type { GroupCommit } from './group-commit.ts'
import { DEAD, HELD, LATER } from './lanes.ts'
import type { Leases } from './leases.ts'
import type { Message } from './message.ts'
import type { QueueTime } from './queue-time.ts'
import { afterFailure } from './stored-message.ts'
import type { Suspects } from './suspects.ts'
import type { Window } from './window.ts'

/** The ways in which a message in memory leaves: acknowledged, to be tried again, dead, dropped, given back. */
export class Settlement {
  readonly #commit: GroupCommit
  readonly #counters: Counters
  readonly #leases: Leases<Message>
  readonly #window: Window
  readonly #suspects: Suspects
  readonly #time: QueueTime
  readonly #maxAttempts: number
  /** Those who want to hear of ends. */
  readonly #listeners: ReadonlySet<unknown>

  constructor(options: {
    commit: GroupCommit
    counters: Counters
    leases: Leases<Message>
    window: Window
    suspects: Suspects
    time: QueueTime
    maxAttempts: number
    listeners: ReadonlySet<unknown>
  }) {
    this.#commit = options.commit
    this.#counters = options.counters
    this.#leases = options.leases
    this.#window = options.window
    this.#suspects = options.suspects
    this.#time = options.time
    this.#maxAttempts = options.maxAttempts
    this.#listeners = options.listeners
  }

  ack(message: Message): void {
    this.#leases.end(message)
    this.#counters.acked++
    this.#end(message, 'acked')
  }

  /** Ends a message without work, counted with a reason. */
  drop(message: Message, reason: string): void {
    this.#counters.drop(reason)
    this.#end(message, 'dropped', reason)
  }

  /** Drops a message for one that arrives: its room is used at once, in the commit that also removes it. */
  evict(message: Message, reason: string): void {
    this.drop(message, reason)
    const { pending } = this.#commit
    pending.freedItems--
    pending.freedBytes -= message.stored.bytes
  }

  /** One more attempt has failed: again after `delayMs`, or a dead letter when attempts are used up. */
  fail(message: Message, reason: string, delayMs: number): void {
    if (message.failed + 1 >= this.#maxAttempts) {
      this.bury(message, reason)
      return
    }
    this.#leases.end(message)
    this.#suspects.ended(message)
    this.#counters.failed++
    this.#counters.delayed++
    const { stored, chunk, index } = message
    const { pending } = this.#commit
    const now = this.#time.stamp()
    pending.settle(chunk, index, stored.bytes)
    const retry = afterFailure(stored, message.failed + 1, now, reason)
    // A key stays busy until its retry has ended, or a later message of the key would overtake.
    pending.append(stored.key === undefined ? LATER : HELD, Math.ceil(now + delayMs), retry)
    this.#commit.book()
  }

  /** Makes a dead letter of a message, whatever attempts it has left. */
  bury(message: Message, reason: string): void {
    this.#leases.end(message)
    this.#suspects.ended(message)
    this.#counters.failed++
    this.#counters.deadLettered++
    this.#counters.dead++
    const { stored, chunk, index } = message
    const { pending } = this.#commit
    pending.settle(chunk, index, stored.bytes)
    pending.append(DEAD, 0, afterFailure(stored, message.failed + 1, this.#time.stamp(), reason))
    if (this.#listeners.size > 0) pending.ends.push({ id: stored.id, end: 'dead', reason })
    this.#window.freeKey(message)
    this.#commit.book()
  }

  /** Gives a message back to its old place; its attempt did not happen. */
  release(message: Message): void {
    this.#leases.end(message)
    this.#window.putBack(message)
    this.#window.freeKey(message)
    this.#suspects.returned(message)
  }

  #end(message: Message, end: 'acked' | 'dropped', reason?: string): void {
    this.#suspects.ended(message)
    const { stored, chunk, index } = message
    const { pending } = this.#commit
    this.#counters.retained--
    this.#counters.bytes -= stored.bytes
    pending.settle(chunk, index, stored.bytes)
    pending.freedItems++
    pending.freedBytes += stored.bytes
    if (this.#listeners.size > 0) pending.ends.push({ id: stored.id, end, ...(reason !== undefined && { reason }) })
    this.#window.freeKey(message)
    this.#commit.book()
  }
}
