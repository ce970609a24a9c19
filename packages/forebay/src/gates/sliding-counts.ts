/**
 * Several counters over the last `windowMs`, in buckets that are emptied as time passes them, when somebody looks: no
 * timer. What is counted leaves after between 0.9 and 1 windows, with ten buckets.
 */
export class SlidingCounts {
  readonly #bucketMs: number
  readonly #kinds: number
  readonly #buckets: number
  /** Bucket after bucket. */
  readonly #counts: number[] | Uint8Array
  readonly #totals: number[]
  /** Which bucket of time is the present one, and where it stands in the ring. */
  #bucket = -1
  #at = 0

  /** `counts` is for `buckets` times `kinds` numbers; a plain array of small integers takes less room than a typed one of few. */
  constructor(
    windowMs: number,
    kinds: number,
    buckets = 10,
    counts: number[] | Uint8Array = Array.from({ length: buckets * kinds }, () => 0),
  ) {
    this.#bucketMs = windowMs / buckets
    this.#kinds = kinds
    this.#buckets = buckets
    this.#counts = counts
    this.#totals = Array.from({ length: kinds }, () => 0)
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
    const passed = Math.min(this.#buckets, bucket - this.#bucket)
    this.#bucket = bucket
    const [counts, totals, kinds] = [this.#counts, this.#totals, this.#kinds] as const
    for (let i = 0; i < passed; i++) {
      this.#at = (this.#at + 1) % this.#buckets
      for (let kind = 0; kind < kinds; kind++) {
        const index = this.#at * kinds + kind
        totals[kind] = (totals[kind] as number) - (counts[index] as number)
        counts[index] = 0
      }
    }
  }
}
