const buckets = 10

/**
 * Several counters over the last `windowMs`, in ten buckets that are emptied as time passes them,
 * when somebody looks: no timer. What is counted leaves after between 0.9 and 1 windows.
 */
export class SlidingCounts {
  readonly #bucketMs: number
  readonly #kinds: number
  readonly #counts: Float64Array
  readonly #totals: Float64Array
  /** Which bucket of time is the present one, and where it stands in the ring. */
  #bucket = -Infinity
  #at = 0

  constructor(windowMs: number, kinds: number) {
    this.#bucketMs = windowMs / buckets
    this.#kinds = kinds
    this.#counts = new Float64Array(buckets * kinds)
    this.#totals = new Float64Array(kinds)
  }

  add(kind: number, amount: number, now: number): void {
    this.#roll(now)
    const index = this.#at * this.#kinds + kind
    this.#counts[index] = (this.#counts[index] as number) + amount
    this.#totals[kind] = (this.#totals[kind] as number) + amount
  }

  total(kind: number, now: number): number {
    this.#roll(now)
    return this.#totals[kind] as number
  }

  clear(): void {
    this.#counts.fill(0)
    this.#totals.fill(0)
  }

  /** A clock that goes back empties nothing: what is counted expires a window from there. */
  #roll(now: number): void {
    const bucket = Math.floor(now / this.#bucketMs)
    if (bucket === this.#bucket) return
    const passed = Math.min(buckets, bucket - this.#bucket)
    this.#bucket = bucket
    for (let i = 0; i < passed; i++) {
      this.#at = (this.#at + 1) % buckets
      this.#empty(this.#at * this.#kinds)
    }
  }

  #empty(start: number): void {
    for (let kind = 0; kind < this.#kinds; kind++) {
      this.#totals[kind] = (this.#totals[kind] as number) - (this.#counts[start + kind] as number)
      this.#counts[start + kind] = 0
    }
  }
}
