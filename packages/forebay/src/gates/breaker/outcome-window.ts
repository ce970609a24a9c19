import { SlidingCounts } from '../sliding-counts.ts'

/** What a window counts: all calls, those that failed, those that were slow. */
export const CALLS = 0
export const FAILURES = 1
export const SLOW = 2

/** The outcomes that a breaker judges by. */
export interface OutcomeWindow {
  add(kind: number, amount: number, now: number): void
  total(kind: number, now: number): number
  clear(): void
}

/** The last `size` calls, one byte each: `1 << FAILURES` and `1 << SLOW`. */
export class CallWindow implements OutcomeWindow {
  readonly #ring: Uint8Array
  readonly #totals = [0, 0, 0]
  #at = -1

  constructor(size: number) {
    this.#ring = new Uint8Array(size)
  }

  /** A call comes first, what is to be said of it after it. */
  add(kind: number): void {
    const [ring, totals] = [this.#ring, this.#totals] as const
    if (kind === CALLS) {
      this.#at = (this.#at + 1) % ring.length
      const gone = ring[this.#at] as number
      for (const other of [FAILURES, SLOW]) totals[other] = (totals[other] as number) - ((gone >> other) & 1)
      ring[this.#at] = 0
      totals[CALLS] = Math.min(ring.length, (totals[CALLS] as number) + 1)
      return
    }
    ring[this.#at] = (ring[this.#at] as number) | (1 << kind)
    totals[kind] = (totals[kind] as number) + 1
  }

  total(kind: number): number {
    return this.#totals[kind] as number
  }

  clear(): void {
    this.#ring.fill(0)
    this.#totals.fill(0)
    this.#at = -1
  }
}

/** The calls of the last `windowMs`. */
export function timeWindow(windowMs: number): OutcomeWindow {
  return new SlidingCounts(windowMs, 3)
}
