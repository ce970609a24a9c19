import type { Held } from 'forebay/queue'

/** A message that the broker has given us: it waits here, is out, or is about to end. */
type State = 'parked' | 'out' | 'ending'

/**
 * Everything that the broker has given us over one channel and nobody has settled, by delivery tag, which is ascending.
 * Bounded by the prefetch of its consumers.
 */
export class HeldMessages {
  readonly #entries = new Map<number, { readonly held: Held; state: State }>()
  readonly #counts = { parked: 0, out: 0, ending: 0 }

  get size(): number {
    return this.#entries.size
  }

  get parked(): number {
    return this.#counts.parked
  }

  get out(): number {
    return this.#counts.out
  }

  /** All tags, ascending. */
  get tags(): number[] {
    return [...this.#entries.keys()]
  }

  /** The smallest tag; `Infinity` when there is none. */
  get oldest(): number {
    const [oldest = Infinity] = this.#entries.keys()
    return oldest
  }

  /** It was handed on and is not settled. */
  isOut(held: Held): boolean {
    const entry = this.#entries.get(held.tag as number)
    return entry?.held === held && entry.state !== 'parked'
  }

  /** What waits here, or what does not; oldest first. */
  list(isParked: boolean, max: number = Infinity): Held[] {
    const found: Held[] = []
    for (const { held, state } of this.#entries.values()) {
      if (found.length >= max) break
      if ((state === 'parked') === isParked) found.push(held)
    }
    return found
  }

  /** Up to `max` of what waits here, oldest first: what may be handed on, and what has become too old, which is about to end. */
  next(max: number, now: number): { messages: Held[]; old: Held[] } {
    const messages: Held[] = []
    const old: Held[] = []
    for (const held of this.list(true, max)) {
      const { expiresAt } = held.stored
      if (expiresAt === 0 || expiresAt > now) messages.push(held)
      else old.push(held)
    }
    for (const held of old) this.move(held, 'ending')
    return { messages, old }
  }

  add(held: Held, state: State): void {
    this.#entries.set(held.tag as number, { held, state })
    this.#counts[state]++
  }

  move(held: Held, state: State): void {
    const entry = this.#entries.get(held.tag as number)
    if (entry?.held !== held) return
    this.#counts[entry.state]--
    entry.state = state
    this.#counts[state]++
  }

  /** Whether it was there. */
  remove(held: Held): boolean {
    const entry = this.#entries.get(held.tag as number)
    if (entry?.held !== held) return false
    this.#counts[entry.state]--
    return this.#entries.delete(held.tag as number)
  }

  clear(): void {
    this.#entries.clear()
    this.#counts.parked = this.#counts.out = this.#counts.ending = 0
  }
}
