import { byteCount, type Bytes } from './bytes.ts'
import type { RunMemory } from './run-memory.ts'
import type { MemorySnapshot } from './snapshot.ts'

/** The bytes that all edges of one run may hold together. */
export class MemoryBudget implements RunMemory {
  readonly limitBytes: number
  heldBytes = 0
  /** Edges that wait for room; bounded by the number of edges. */
  readonly #waiting = new Set<() => void>()

  constructor(limit?: Bytes) {
    this.limitBytes = limit === undefined ? Infinity : byteCount('memory', limit)
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

  inspect(): MemorySnapshot {
    const { heldBytes, limitBytes } = this
    return { heldBytes, budgetBytes: limitBytes === Infinity ? 0 : limitBytes }
  }
}
