import type { RunMemory } from './run-memory.ts'

/** The bytes that one edge holds, within its own bound and the budget of the run. */
export class Weight {
  bytes = 0
  /** Whether bytes are counted at all: only where something bounds them. */
  readonly counts: boolean
  readonly #limit: number
  readonly #budget: RunMemory

  constructor(limit: number, budget: RunMemory) {
    this.#limit = limit
    this.#budget = budget
    this.counts = limit !== Infinity || budget.limitBytes !== Infinity
  }

  add(bytes: number): void {
    this.bytes += bytes
    if (bytes > 0) this.#budget.take(bytes)
    else this.#budget.give(-bytes)
  }

  /** Over its bytes, or over the run's budget. An empty edge never is: one item larger than the budget must pass. */
  isHeavy(items: number): boolean {
    return this.counts && items > 0 && (this.bytes >= this.#limit || this.#budget.isFull)
  }
}
