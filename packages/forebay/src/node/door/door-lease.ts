import type { Lease, Outcome } from '../../kernel/context.ts'

/** Worst last. Everything up to `stored` means that the record is in safe hands. */
const outcomes: readonly Outcome[] = ['filtered', 'done', 'stored', 'dropped', 'returned', 'failed']

/** Whether a record that ended so was accepted. */
export function isAccepted(outcome: Outcome): boolean {
  return outcome === 'done' || outcome === 'filtered' || outcome === 'stored'
}

/** The lease of one record: it ends once, when every share has been settled, with the worst outcome. */
export class DoorLease implements Lease {
  readonly #index: number
  readonly #end: (index: number, outcome: Outcome, reason: unknown) => void
  #shares = 1
  #worst: Outcome = 'filtered'
  #reason: unknown

  constructor(index: number, end: (index: number, outcome: Outcome, reason: unknown) => void) {
    this.#index = index
    this.#end = end
  }

  settle(outcome: Outcome, reason?: unknown): void {
    if (this.#shares === 0) return
    if (outcomes.indexOf(outcome) >= outcomes.indexOf(this.#worst)) {
      this.#worst = outcome
      this.#reason = reason
    }
    if (--this.#shares === 0) this.#end(this.#index, this.#worst, this.#reason)
  }

  split(shares: number): void {
    if (this.#shares > 0) this.#shares += shares
  }
}
