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

  /** The nearest rank, of these and those of `others`; 0 of none. */
  percentile(share: number, others: readonly Latencies[] = []): number {
    const all = [this, ...others].map((each) => each.#values.subarray(0, each.#count))
    const sorted = new Float64Array(all.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const values of all) {
      sorted.set(values, at)
      at += values.length
    }
    sorted.sort()
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
  }
}
