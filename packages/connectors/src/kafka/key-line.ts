import type { Held } from 'forebay/queue'

/**
 * Lets one message of a key go at a time, in the order of the partition: the first that has not ended is the head of its
 * key, and those behind it are parked until it has.
 *
 * Bounded by what its lane has in memory.
 */
export class KeyLine {
  /** Behind the head of each key that has one. */
  readonly #parked = new Map<string, Held[]>()
  #length = 0
  #bytes = 0

  /** Messages that wait for another one. */
  get length(): number {
    return this.#length
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Whether this one, which has come after all others, is the head of its key; else it is parked. */
  enter(held: Held): boolean {
    const { key, bytes } = held.stored
    if (key === undefined) return true
    const behind = this.#parked.get(key)
    if (behind === undefined) {
      this.#parked.set(key, [])
      return true
    }
    behind.push(held)
    this.#length++
    this.#bytes += bytes
    return false
  }

  /** The head of this key has ended: the next, if there is one, is the head from now on. */
  leave(key: string): Held | undefined {
    const next = this.#parked.get(key)?.shift()
    if (next === undefined) this.#parked.delete(key)
    else {
      this.#length--
      this.#bytes -= next.stored.bytes
    }
    return next
  }

  /** Forgets all but the heads that `stay`. What was parked. */
  reset(stay: Iterable<Held>): Held[] {
    const parked = [...this.#parked.values()].flat()
    this.#parked.clear()
    this.#length = this.#bytes = 0
    for (const { stored } of stay) if (stored.key !== undefined) this.#parked.set(stored.key, [])
    return parked
  }
}
