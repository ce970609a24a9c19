/** What a parcel should be worth of work, ms: much longer than its way, short enough to share work out evenly. */
const TARGET_MS = 4
const WEIGHT = 0.3

/**
 * How many items go to a worker at once: one at first, twice as many after each parcel that was quick, and fewer at once
 * when work turns out to be slow. So short work shares the cost of the way, and long work is spread over all workers.
 */
export class ParcelSize {
  items = 1
  readonly #most: number
  #itemMs = 0

  constructor(most: number) {
    this.#most = most
  }

  /** A parcel of `items` took so long. */
  took(ms: number, items: number): void {
    const each = ms / items
    this.#itemMs = this.#itemMs === 0 ? each : this.#itemMs + WEIGHT * (each - this.#itemMs)
    const wanted = this.#itemMs > 0 ? Math.floor(TARGET_MS / this.#itemMs) : this.#most
    this.items = Math.max(1, Math.min(wanted, this.items * 2, this.#most))
  }
}
