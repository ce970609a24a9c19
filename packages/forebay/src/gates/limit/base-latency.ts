/** What is added to the doubt between two measurements: what has changed meanwhile. Logarithms, squared. */
const drift = 0.01
/** Of a backend that has become slower, so much is believed at once. */
const leap = 0.8
/** How far a window outside of a dip may lower it. */
const fall = 0.5

/**
 * What an adaptive limit believes the latency to be when nothing queues. Everything that it does follows from this, so
 * it is changed by evidence alone, weighed by how sure the evidence and the belief are (a Kalman filter of one number).
 * All of it in logarithms: latencies differ by factors, and single long ones weigh little.
 */
export class BaseLatency {
  #log = NaN
  #doubt = 1
  /** Whether it was ever seen at less than full throughput: until then it is only known to be too high. */
  #isConfirmed = false

  /** Milliseconds; 0 before anything is known. */
  get ms(): number {
    return Number.isNaN(this.#log) ? 0 : Math.exp(this.#log)
  }

  /** How many times as slow `log` is as work without a queue. */
  slowness(log: number): number {
    return Math.exp(log - this.#log)
  }

  /** A window of usual work, `error` off by chance. It may have queued, so it tells for sure only when it is faster. */
  seen(log: number, error: number, isIdle: boolean): void {
    if (Number.isNaN(this.#log)) this.#log = log
    else if (log < this.#log - 3 * error) this.#log += fall * (log - this.#log)
    else if (isIdle) this.#log += 0.1 * (log - this.#log)
  }

  /**
   * A dip has ended. `elasticity`: 1 when latency fell as much as the limit, so work still queues down there; 0 when it
   * did not fall at all, so nothing queued before. `mayRise`: whether everybody who loads the backend has dipped. False
   * when work still queues at the bottom, as far as one can tell: the limit had better stay there.
   */
  dipped(log: number, variance: number, elasticity: number, mayRise: boolean): boolean {
    this.#doubt += drift
    const off = log - this.#log
    const expected = this.#doubt + variance
    if (elasticity > 0.8 && (!this.#isConfirmed || off < -2 * Math.sqrt(expected))) {
      if (off < 0) this.#log = log
      this.#doubt += 0.05
      this.#isConfirmed = false
      return false
    }
    if (off > 0 && !mayRise) return true
    let gain = this.#doubt / expected
    if (elasticity < 0.35 && off > 3 * Math.sqrt(expected)) gain = leap
    else if (off > 0) gain *= 0.5 // what was left of the queue is in it
    this.#log += gain * off
    this.#doubt *= 1 - gain
    if (elasticity < 0.65) this.#isConfirmed = true
    return true
  }
}
