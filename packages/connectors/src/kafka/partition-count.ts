import type { Clock } from 'forebay'

/** Each client of the driver may go by what it knew of a topic for five seconds. */
const STALE_MS = 6000

/**
 * How many partitions the topic of a queue has. Somebody may add some while the queue is open; that counts as soon as
 * each client here must have heard of it. A topic never has fewer.
 */
export class PartitionCount {
  readonly #clock: Clock
  #now: number
  #seen: number
  #grown: () => void = () => {}
  #isClosed = false
  #cancel: (() => void) | undefined

  constructor(partitions: number, clock: Clock) {
    this.#now = this.#seen = partitions
    this.#clock = clock
  }

  /** Those to put into. */
  get now(): number {
    return this.#now
  }

  /** So many has somebody seen. */
  saw(partitions: number): void {
    if (partitions <= this.#seen || this.#isClosed) return
    this.#seen = partitions
    this.#cancel?.()
    this.#cancel = this.#clock.after(STALE_MS, () => {
      this.#now = this.#seen
      this.#grown()
    })
  }

  onGrown(listener: () => void): void {
    this.#grown = listener
  }

  close(): void {
    this.#isClosed = true
    this.#cancel?.()
  }
}
