/**
 * How long a target takes, believing bad news at once and good news slowly: a sample above the mean replaces it, one below is weighed in by
 * the time since the last, with the time constant `tauMs`. A target that has nothing to do is forgotten at that same pace, so that it is tried
 * again some day.
 *
 * The measure is Finagle's Peak EWMA (Twitter, 2014; also in tower and linkerd).
 */
export class PeakEwma {
  #ms = 0
  #at = 0
  #isKnown = false
  readonly #tauMs: number

  constructor(tauMs: number) {
    this.#tauMs = tauMs
  }

  record(ms: number, now: number): void {
    const weight = this.#weight(now)
    this.#ms = !this.#isKnown || ms > this.#ms ? ms : this.#ms * weight + ms * (1 - weight)
    this.#isKnown = true
    this.#at = now
  }

  /** Milliseconds; `undefined` before the first sample. */
  read(now: number, isIdle: boolean): number | undefined {
    if (!this.#isKnown) return undefined
    if (isIdle) {
      this.#ms *= this.#weight(now)
      this.#at = now
    }
    return this.#ms
  }

  #weight(now: number): number {
    return Math.exp(-Math.max(0, now - this.#at) / this.#tauMs)
  }
}
