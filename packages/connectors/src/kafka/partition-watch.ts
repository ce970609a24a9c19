import type { Clock } from 'forebay'

/** How often a client looks that is told by nothing else. */
const LOOK_MS = 5000

/**
 * Looks now and then how many partitions a queue has, for clients that fetch nothing: those that only put, and those
 * whose handlers hold all of their credit. A queue that nobody uses is not looked at.
 */
export class PartitionWatch {
  readonly #clock: Clock
  readonly #look: () => void
  #isConsumed = false
  #isClosed = false
  #cancel: (() => void) | undefined

  constructor(clock: Clock, look: () => void) {
    this.#clock = clock
    this.#look = look
  }

  /** Somebody puts: there is a look within five seconds, and no other because of that. */
  used(): void {
    if (this.#cancel !== undefined || this.#isClosed) return
    this.#cancel = this.#clock.after(LOOK_MS, () => {
      this.#cancel = undefined
      if (this.#isConsumed) this.used()
      this.#look()
    })
  }

  /** As long as somebody consumes, there is one look after the other. */
  consumed(isConsumed: boolean): void {
    this.#isConsumed = isConsumed
    if (isConsumed) this.used()
  }

  close(): void {
    this.#isClosed = true
    this.#cancel?.()
  }
}
