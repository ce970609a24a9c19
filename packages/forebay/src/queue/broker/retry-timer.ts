import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'

/** Waits before something is tried again: longer each time, with jitter, until it went well. One timer at a time. */
export class RetryTimer {
  readonly #clock: Clock
  readonly #random: Random
  readonly #firstMs: number
  readonly #longestMs: number
  #failures = 0
  #cancel: (() => void) | undefined

  constructor(clock: Clock, random: Random, bounds: { firstMs: number; longestMs: number }) {
    this.#clock = clock
    this.#random = random
    this.#firstMs = bounds.firstMs
    this.#longestMs = bounds.longestMs
  }

  get isWaiting(): boolean {
    return this.#cancel !== undefined
  }

  /** Calls `again` after the next wait; a wait that is under way goes on. */
  later(again: () => void): void {
    if (this.#cancel !== undefined) return
    const ms = Math.min(this.#longestMs, this.#firstMs * 2 ** Math.min(this.#failures++, 20))
    this.#cancel = this.#clock.after(ms * (0.5 + 0.5 * this.#random.next()), () => {
      this.#cancel = undefined
      again()
    })
  }

  /** Stops waiting; the next wait is as long as if this one had been waited for. */
  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** It went well: the next wait is the first. */
  reset(): void {
    this.#failures = 0
    this.stop()
  }
}
