import type { Held } from 'forebay/queue'

/**
 * Messages whose acknowledgement was sent and is not known to have been read by the broker: if the channel ends before,
 * they are lost like those that are out, since they come again when it was not.
 *
 * Bounded by what is acknowledged between two answers of the broker.
 */
export class SentAcks {
  /** In the order in which they were sent. */
  readonly #unread = new Set<Held>()
  #sent = 0
  #read = 0

  /** How many have been sent so far. */
  get sent(): number {
    return this.#sent
  }

  add(held: Held): void {
    this.#unread.add(held)
    this.#sent++
  }

  /** The broker has read the first `count` that were ever sent. */
  read(count: number): void {
    for (const held of this.#unread) {
      if (this.#read >= count) return
      this.#read++
      this.#unread.delete(held)
    }
  }

  /** Those that the broker may not have read; there are none from then on. */
  take(): Held[] {
    const unread = [...this.#unread]
    this.#unread.clear()
    this.#read = this.#sent
    return unread
  }
}
