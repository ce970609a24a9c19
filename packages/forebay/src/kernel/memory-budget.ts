/**
 * The bytes that all edges of a run may hold together. An edge asks before it grants more credit; an
 * empty edge is always allowed one item, or a full budget could stop every flow for good.
 */
export class MemoryBudget {
  readonly limitBytes: number
  heldBytes = 0
  /** Edges that wait for room; bounded by the number of edges. */
  readonly #waiting = new Set<() => void>()

  constructor(limitBytes: number = Infinity) {
    this.limitBytes = limitBytes
  }

  get isFull(): boolean {
    return this.heldBytes >= this.limitBytes
  }

  take(bytes: number): void {
    this.heldBytes += bytes
  }

  give(bytes: number): void {
    const wasFull = this.isFull
    this.heldBytes -= bytes
    if (!wasFull || this.isFull || this.#waiting.size === 0) return
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  onRoom(wake: () => void): void {
    this.#waiting.add(wake)
  }

  forget(wake: () => void): void {
    this.#waiting.delete(wake)
  }
}
