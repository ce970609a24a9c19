/** Latencies in ms, in an array that doubles when it is full. */
export class Latencies {
  #count = 0
  #values = new Float64Array(1024)

  add(ms: number): void {
    if (this.#count === this.#values.length) {
      const values = new Float64Array(2 * this.#count)
      values.set(this.#values)
      this.#values = values
    }
    this.#values[this.#count++] = ms
  }

  /** The nearest rank, of these; 0 of none. */
  percentile(share: number): number {
    return percentiles([this], [share])[0] as number
  }

  /** All that were added. */
  get values(): Float64Array {
    return this.#values.subarray(0, this.#count)
  }
}

/** The nearest ranks of all in `latencies`, put in order once; 0 of none. */
export function percentiles(latencies: readonly Latencies[], shares: readonly number[]): number[] {
  const all = latencies.map(({ values }) => values)
  const sorted = new Float64Array(all.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const values of all) {
    sorted.set(values, at)
    at += values.length
  }
  sorted.sort()
  return shares.map((share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0)
}
