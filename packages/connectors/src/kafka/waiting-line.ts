import type { Held } from 'forebay/queue'

/** What of a message's tag decides when it goes out. */
export interface Place {
  readonly offset: number
  /** Unix epoch, ms; 0 for at once. */
  readonly due: number
}

/** Messages of one partition that may go out, those due first in front, then in the order of their offsets. */
export class WaitingLine {
  /** The next one last. */
  readonly #messages: Held[] = []
  #bytes = 0

  get length(): number {
    return this.#messages.length
  }

  get bytes(): number {
    return this.#bytes
  }

  /** In the order in which they go out. */
  [Symbol.iterator](): Iterator<Held> {
    return this.#messages.toReversed().values()
  }

  /** The one with so many others in front of it. */
  at(index: number): Held | undefined {
    return this.#messages[this.#messages.length - 1 - index]
  }

  add(held: Held): void {
    const place = placeOf(held)
    let low = 0
    let high = this.#messages.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = placeOf(this.#messages[middle] as Held)
      const isBefore = place.due < other.due || (place.due === other.due && place.offset < other.offset)
      if (isBefore) low = middle + 1
      else high = middle
    }
    this.#messages.splice(low, 0, held)
    this.#bytes += held.stored.bytes
  }

  /** All of these, in order, into a line that is empty. */
  fill(messages: readonly Held[]): void {
    for (let at = messages.length - 1; at >= 0; at--) {
      const held = messages[at] as Held
      this.#messages.push(held)
      this.#bytes += held.stored.bytes
    }
  }

  take(index: number): Held | undefined {
    if (index >= this.#messages.length) return undefined
    const [held] = this.#messages.splice(this.#messages.length - 1 - index, 1)
    if (held !== undefined) this.#bytes -= held.stored.bytes
    return held
  }

  /** Takes all of them out. */
  clear(): Held[] {
    this.#bytes = 0
    return this.#messages.splice(0)
  }
}

function placeOf(held: Held): Place {
  return held.tag as Place
}
