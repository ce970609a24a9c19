import { SlidingCounts } from '../sliding-counts.ts'

/** The outcomes that a breaker judges by. */
export interface OutcomeWindow {
  record(failed: boolean, slow: boolean, now: number): void
  calls(now: number): number
  failures(now: number): number
  slow(now: number): number
  clear(): void
}

const failedBit = 1
const slowBit = 2

/** The last `size` calls, one byte each. */
export class CallWindow implements OutcomeWindow {
  readonly #ring: Uint8Array
  #next = 0
  #calls = 0
  #failures = 0
  #slow = 0

  constructor(size: number) {
    this.#ring = new Uint8Array(size)
  }

  record(failed: boolean, slow: boolean): void {
    const gone = this.#ring[this.#next] as number
    if (this.#calls === this.#ring.length) {
      if ((gone & failedBit) !== 0) this.#failures--
      if ((gone & slowBit) !== 0) this.#slow--
    } else {
      this.#calls++
    }
    this.#ring[this.#next] = (failed ? failedBit : 0) | (slow ? slowBit : 0)
    this.#next = (this.#next + 1) % this.#ring.length
    if (failed) this.#failures++
    if (slow) this.#slow++
  }

  calls(): number {
    return this.#calls
  }

  failures(): number {
    return this.#failures
  }

  slow(): number {
    return this.#slow
  }

  clear(): void {
    this.#ring.fill(0)
    this.#next = this.#calls = this.#failures = this.#slow = 0
  }
}

/** The calls of the last `windowMs`. */
export class TimeWindow implements OutcomeWindow {
  readonly #counts: SlidingCounts

  constructor(windowMs: number) {
    this.#counts = new SlidingCounts(windowMs, 3)
  }

  record(failed: boolean, slow: boolean, now: number): void {
    this.#counts.add(0, 1, now)
    if (failed) this.#counts.add(1, 1, now)
    if (slow) this.#counts.add(2, 1, now)
  }

  calls(now: number): number {
    return this.#counts.total(0, now)
  }

  failures(now: number): number {
    return this.#counts.total(1, now)
  }

  slow(now: number): number {
    return this.#counts.total(2, now)
  }

  clear(): void {
    this.#counts.clear()
  }
}
