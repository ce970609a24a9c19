/** Buckets per power of two. */
const PER_OCTAVE = 128
/** Values are whole microseconds up to 35 minutes; what is above counts as that. */
const MAX = 2 ** 31 - 1
const MAX_BUCKETS = PER_OCTAVE * 25

/**
 * Latencies in bounded memory: buckets that grow with the value, at most 3,200 of them, so that every percentile is
 * within 0.4 % of a value that was recorded. The scheme is that of HdrHistogram (Gil Tene): linear inside of a power of two.
 *
 *     0 1 2 … 255 | 256 258 … 510 | 512 516 … 1020 | …      µs
 *      128 × 2        128 of 2         128 of 4
 */
export class Histogram {
  #counts = new Uint32Array(0) // grows by doubling, up to MAX_BUCKETS
  #count = 0
  #sum = 0
  #max = 0

  /** Counts one latency, in ms. */
  record(ms: number): void {
    const value = Math.min(MAX, Math.max(0, Math.round(ms * 1000)))
    const bucket = bucketOf(value)
    if (bucket >= this.#counts.length) this.#grow(bucket)
    ;(this.#counts[bucket] as number)++
    this.#count++
    this.#sum += ms
    if (ms > this.#max) this.#max = ms
  }

  get count(): number {
    return this.#count
  }

  get max(): number {
    return this.#max
  }

  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count
  }

  /** The value, in ms, that `share` of all stay at or below: 0.99 is the 99th percentile; 0 without values. */
  at(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.#count - 1e-9))
    let seen = 0
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count
      if (seen >= rank) return Math.min(this.#max, middleOf(bucket) / 1000)
    }
    return this.#max
  }

  #grow(bucket: number): void {
    let length = Math.max(this.#counts.length, 4 * PER_OCTAVE)
    while (length <= bucket) length *= 2
    const counts = new Uint32Array(Math.min(length, MAX_BUCKETS))
    counts.set(this.#counts)
    this.#counts = counts
  }
}

function bucketOf(value: number): number {
  if (value < 2 * PER_OCTAVE) return value
  const shift = 24 - Math.clz32(value)
  return PER_OCTAVE * shift + (value >>> shift)
}

function middleOf(bucket: number): number {
  if (bucket < 2 * PER_OCTAVE) return bucket
  const shift = Math.floor(bucket / PER_OCTAVE) - 1
  const width = 2 ** shift
  return ((bucket % PER_OCTAVE) + PER_OCTAVE) * width + (width - 1) / 2
}
