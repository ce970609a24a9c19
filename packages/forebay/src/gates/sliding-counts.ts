const buckets = 10

/**
 * Several counters over the last `windowMs`, in ten buckets that are emptied as time passes them,
 * when somebody looks: no timer. What is counted leaves after between 0.9 and 1 windows.
 */
export class SlidingCounts {
  readonly #bucketMs: number
  readonly #kinds: number
  /** Bucket after bucket, and behind them the totals. A plain array of small integers takes a third of the room of a typed one. */
  readonly #counts: number[]
  readonly #totals: number
  /** Which bucket of time is the present one, and where it stands in the ring. */
  #bucket = -Infinity
  #at = 0

  constructor(windowMs: number, kinds: number) {
    this.#bucketMs = windowMs / buckets
    this.#kinds = kinds
    this.#totals = buckets * kinds
    this.#counts = Array.from({ length: this.#totals + kinds }, () => 0)
  }

  add(kind: number, amount: number, now: number): void {
    this.#roll(now)
    const counts = this.#counts
    const index = this.#at * this.#kinds + kind
    counts[index] = (counts[index] as number) + amount
    const total = this.#totals + kind
    counts[total] = (counts[total] as number) + amount
  }

  total(kind: number, now: number): number {
    this.#roll(now)
    return this.#counts[this.#totals + kind] as number
  }

  clear(): void {
    this.#counts.fill(0)
  }

  /** A clock that goes back empties nothing: what is counted expires a window from there. */
  #roll(now: number): void {
    const bucket = Math.floor(now / this.#bucketMs)
    if (bucket === this.#bucket) return
    const passed = Math.min(buckets, bucket - this.#bucket)
    this.#bucket = bucket
    const counts = this.#counts
    for (let i = 0; i < passed; i++) {
      this.#at = (this.#at + 1) % buckets
      for (let kind = 0; kind < this.#kinds; kind++) {
        const index = this.#at * this.#kinds + kind
        const total = this.#totals + kind
        counts[total] = (counts[total] as number) - (counts[index] as number)
        counts[index] = 0
      }
    }
  }
}
