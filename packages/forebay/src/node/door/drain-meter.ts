const BUCKETS = 10
const BUCKET_MS = 1000

/** Events a second over the last ten seconds, from ten counters. */
export class DrainMeter {
  readonly #counts = new Float64Array(BUCKETS)
  readonly #startedAt: number
  #bucket: number

  constructor(now: number) {
    this.#startedAt = now
    this.#bucket = Math.floor(now / BUCKET_MS)
  }

  add(count: number, now: number): void {
    this.#turn(now)
    const index = this.#bucket % BUCKETS
    this.#counts[index] = (this.#counts[index] ?? 0) + count
  }

  perSecond(now: number): number {
    this.#turn(now)
    const covered = Math.min(now - this.#startedAt, (BUCKETS - 1) * BUCKET_MS + (now % BUCKET_MS))
    const sum = this.#counts.reduce((total, count) => total + count, 0)
    return sum === 0 ? 0 : (sum * 1000) / Math.max(covered, 100)
  }

  #turn(now: number): void {
    const bucket = Math.floor(now / BUCKET_MS)
    const steps = Math.min(bucket - this.#bucket, BUCKETS)
    for (let i = 1; i <= steps; i++) this.#counts[(this.#bucket + i) % BUCKETS] = 0
    if (steps > 0) this.#bucket = bucket
  }
}
