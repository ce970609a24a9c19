import type { Clock } from '../kernel/clock.ts'

const MEMORY_MS = 10_000

/** Events a second, with an exponentially fading memory of about ten seconds. */
export class RateMeter {
  readonly #clock: Clock
  #weight = 0
  #at: number
  readonly #startedAt: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#startedAt = this.#at = clock.now()
  }

  add(count: number): void {
    this.#fade()
    this.#weight += count
  }

  perSecond(): number {
    this.#fade()
    // Young meters divide by the time they have seen, or they would start far too low.
    const seen = 1 - Math.exp(-Math.max(1, this.#at - this.#startedAt) / MEMORY_MS)
    return (this.#weight * 1000) / (MEMORY_MS * seen)
  }

  #fade(): void {
    const now = this.#clock.now()
    this.#weight *= Math.exp((this.#at - now) / MEMORY_MS)
    this.#at = now
  }
}
