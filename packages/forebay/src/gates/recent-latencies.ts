/** Each bucket is 5 % wider than the one before, from a tenth of a millisecond to about four minutes. */
const growth = Math.log(1.05)
const smallestMs = 0.1
const bucketCount = 300
const generation = 1000
/** With fewer samples the tail is a guess. */
const fewest = 20

/**
 * How long recent work took, for quantiles that are right to within 5 %: two histograms of a thousand samples each,
 * the older of which is thrown away when the younger is full. Its size does not depend on the traffic.
 */
export class RecentLatencies {
  #young = new Uint16Array(bucketCount)
  #old = new Uint16Array(bucketCount)
  #youngCount = 0
  #oldCount = 0

  record(ms: number): void {
    if (!(ms >= 0)) return
    const bucket = Math.min(bucketCount - 1, Math.max(0, Math.ceil(Math.log(ms / smallestMs) / growth)))
    this.#young[bucket] = (this.#young[bucket] as number) + 1
    if (++this.#youngCount < generation) return
    const emptied = this.#old.fill(0)
    this.#old = this.#young
    this.#oldCount = this.#youngCount
    this.#young = emptied
    this.#youngCount = 0
  }

  /** Milliseconds within which `share` (0–1) of recent work ended; `Infinity` while too little is known. */
  quantile(share: number): number {
    const count = this.#youngCount + this.#oldCount
    if (count < fewest) return Infinity
    let left = share * count
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      left -= (this.#young[bucket] as number) + (this.#old[bucket] as number)
      if (left <= 0) return smallestMs * Math.exp(bucket * growth)
    }
    return Infinity
  }
}
