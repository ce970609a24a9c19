/** Shorter times than this are taken for it, ms: the logarithm of nothing is no number. */
const shortestMs = 0.001
const longestMs = 1e9

/** What was measured since the window began: sums alone, so that nothing is kept of each sample. */
export class SampleWindow {
  count = 0
  /** How many of them saw a full limit. */
  full = 0
  mostInFlight = 0
  /** When the first sample came, ms on the clock. */
  since = 0
  #sum = 0
  #sumSquared = 0
  #sumOfLogs = 0
  #sumOfSquares = 0

  add(rttMs: number, inFlight: number, wasFull: boolean, now: number): void {
    const rtt = rttMs > shortestMs ? Math.min(rttMs, longestMs) : shortestMs
    if (this.count++ === 0) this.since = now
    if (wasFull) this.full++
    if (inFlight > this.mostInFlight) this.mostInFlight = inFlight
    const log = Math.log(rtt)
    this.#sum += rtt
    this.#sumSquared += rtt * rtt
    this.#sumOfLogs += log
    this.#sumOfSquares += log * log
  }

  clear(): void {
    this.count = 0
    this.full = 0
    this.mostInFlight = 0
    this.#sum = 0
    this.#sumSquared = 0
    this.#sumOfLogs = 0
    this.#sumOfSquares = 0
  }

  /** Arithmetic mean, ms. */
  get mean(): number {
    return this.#sum / this.count
  }

  /** Mean of the logarithms: that of the geometric mean, which single long times move little. */
  get meanLog(): number {
    return this.#sumOfLogs / this.count
  }

  /** Variance of the logarithms. */
  get varianceOfLogs(): number {
    return this.count < 2 ? 0 : Math.max(0, this.#sumOfSquares / this.count - this.meanLog ** 2)
  }

  /** What all but a few of a hundred stay below, roughly: mean and two deviations, ms. */
  get spanMs(): number {
    const { mean } = this
    return mean + 2 * Math.sqrt(Math.max(0, this.#sumSquared / this.count - mean * mean))
  }
}
