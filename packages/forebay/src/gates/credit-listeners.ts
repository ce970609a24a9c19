/**
 * Who wants to hear when a gate has credit again, and whether there is anything to tell: somebody was
 * refused, or the credit was used up. They are woken one after another while credit lasts, and the
 * next time begins with the one that came away empty, so that a greedy listener starves nobody.
 */
export class CreditListeners {
  /** The smallest cost that is wanted and was not to be had; `Infinity` when there is nothing to tell. */
  thirst: number = Infinity
  #wakes: readonly (() => void)[] = [] // replaced, never changed: bounded by the stages and boundaries that use the gate
  #next = 0
  readonly #gate: { credit(): number }

  constructor(gate: { credit(): number }) {
    this.#gate = gate
  }

  get size(): number {
    return this.#wakes.length
  }

  /** Adds a listener. Returns the way to stop it. */
  add(wake: () => void): () => void {
    const own = (): void => wake() // one place for each call, though the same function be given twice
    this.#wakes = [...this.#wakes, own]
    if (this.#gate.credit() === 0) this.wanted(1)
    return () => {
      this.#wakes = this.#wakes.filter((other) => other !== own)
    }
  }

  /** Notes that `cost` was not to be had. True when somebody must now be woken sooner than before. */
  wanted(cost: number): boolean {
    if (cost >= this.thirst) return false
    this.thirst = cost
    return this.#wakes.length > 0
  }

  /** Wakes the listeners, if there is something to tell. */
  wake(): void {
    const round = this.#wakes
    if (round.length === 0) return
    if (this.#gate.credit() === 0) return void this.wanted(1)
    if (this.thirst === Infinity) return
    this.thirst = Infinity
    const start = this.#next
    for (let i = 0; i < round.length; i++) {
      const at = (start + i) % round.length
      this.#next = at
      if (this.#gate.credit() === 0) return void this.wanted(1)
      const wake = round[at] as () => void
      if (this.#wakes === round || this.#wakes.includes(wake)) wake()
    }
  }
}
