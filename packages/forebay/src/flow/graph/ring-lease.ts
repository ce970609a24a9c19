import type { Lease, Outcome } from '../../kernel/context.ts'

/** Who counts the shares that are in a ring. */
export interface RingCount {
  /** Shares have come to it, or gone. */
  count(shares: number): void
}

/**
 * A share of an item while it is in a ring: what is done with it is done with the share that it had outside, and the
 * ring knows when its last item has left or ended.
 */
export class RingLease implements Lease {
  /** Holders in the ring. */
  #shares = 1
  readonly #ring: RingCount
  readonly #outer: Lease | undefined

  constructor(ring: RingCount, outer: Lease | undefined) {
    this.#ring = ring
    this.#outer = outer
    ring.count(1)
  }

  get keepsFailed(): boolean {
    return this.#outer?.keepsFailed === true
  }

  split(shares: number): void {
    this.#shares += shares
    this.#ring.count(shares)
    this.#outer?.split(shares)
  }

  settle(outcome: Outcome, reason?: unknown): void {
    if (this.#shares > 0) this.#gone()
    this.#outer?.settle(outcome, reason)
  }

  /** One holder leaves with its share of the outer lease. */
  leave(ring: object): Lease | undefined {
    if (ring !== this.#ring) return this
    this.#gone()
    return this.#outer
  }

  #gone(): void {
    this.#shares--
    this.#ring.count(-1)
  }
}
