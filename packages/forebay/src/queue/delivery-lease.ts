import { severity, type Lease, type Outcome } from '../kernel/context.ts'

/** The lease of one delivery: it ends once, when the last share has been settled, with the worst that became of one. */
export class DeliveryLease implements Lease {
  readonly keepsFailed = true
  #shares = 1
  #outcome: Outcome = 'stored'
  #reason: unknown
  readonly #end: (outcome: Outcome, reason: unknown) => void

  constructor(end: (outcome: Outcome, reason: unknown) => void) {
    this.#end = end
  }

  split(shares: number): void {
    this.#shares += shares
  }

  settle(outcome: Outcome, reason?: unknown): void {
    if (this.#shares === 0) return
    if (severity[outcome] >= severity[this.#outcome]) {
      this.#outcome = outcome
      this.#reason = reason
    }
    if (--this.#shares === 0) this.#end(this.#outcome, this.#reason)
  }
}
