import type { Lease, Outcome } from '../../kernel/context.ts'

/**
 * The lease of an item while one attempt is made on it. A failure in it is no failure of the item yet: ends of that
 * kind are kept back until it is known whether there is another attempt.
 */
export class AttemptLease implements Lease {
  readonly #outer: Lease
  #isOpen = true
  #failed = 0
  #error: unknown
  #returned = 0
  #reason: unknown

  constructor(outer: Lease) {
    this.#outer = outer
  }

  get keepsFailed(): boolean {
    return this.#outer.keepsFailed === true
  }

  split(shares: number): void {
    this.#outer.split(shares)
  }

  settle(outcome: Outcome, reason?: unknown): void {
    if (this.#isOpen && outcome === 'failed') {
      this.#failed++
      this.#error = reason
    } else if (this.#isOpen && outcome === 'returned') {
      this.#returned++
      this.#reason = reason
    } else this.#outer.settle(outcome, reason)
  }

  /** There is another attempt: one share stays with the item, the others are over. */
  again(): void {
    this.#isOpen = false
    for (let shares = this.#failed + this.#returned; shares > 1; shares--) this.#outer.settle('filtered')
  }

  /** It was the last attempt: its ends are those of the item. */
  last(): void {
    this.#isOpen = false
    for (; this.#failed > 0; this.#failed--) this.#outer.settle('failed', this.#error)
    for (; this.#returned > 0; this.#returned--) this.#outer.settle('returned', this.#reason)
  }
}
