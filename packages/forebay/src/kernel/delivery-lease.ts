import type { Lease, Outcome } from './context.ts'

/** The lease of one delivery: it ends once, when the last share has been settled, and a failed share outweighs the others. */
export class DeliveryLease implements Lease {
  readonly keepsFailed = true
  #shares = 1
  #failed: { reason: unknown } | undefined
  #outcome: Outcome = 'done'
  readonly #end: (outcome: Outcome, reason: unknown) => void

  constructor(end: (outcome: Outcome, reason: unknown) => void) {
    this.#end = end
  }

  split(shares: number): void {
    this.#shares += shares
  }

  settle(outcome: Outcome, reason?: unknown): void {
    if (this.#shares === 0) return
    if (outcome === 'failed' || (outcome === 'returned' && this.#failed === undefined)) this.#failed = { reason }
    if (outcome === 'failed' || this.#outcome !== 'failed') this.#outcome = outcome
    if (--this.#shares > 0) return
    this.#end(this.#outcome, this.#failed?.reason ?? reason)
  }
}
