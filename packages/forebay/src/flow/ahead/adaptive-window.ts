/** Rounds that an attempt to grow is not repeated for after it did not pay. */
const PATIENCE = 16
/** Share of a round that downstream may wait without a cause to grow. */
const WAITS = 0.05
/** How much more must come through a window twice as large for the growth to stay. */
const PAYS = 1.1
/** Below this part of the window the need makes it shrink. */
const SHRINKS = 0.75

/**
 * How many items to ask for ahead, by Little's law: the items on their way are the rate times the latency. One round is
 * twice the window.
 *
 * - Downstream waits: the rate is what the window lets through, so it says nothing about the need. The window is doubled,
 *   and stays so if that pays; else upstream gives no more, and the next attempt is {@link PATIENCE} rounds away.
 * - It does not wait: the need is rate × (mean latency + 2 deviations) + 1, and a window far above it shrinks, by half
 *   at most.
 *
 * Mean and deviation are those of TCP's retransmission timer (Jacobson and Karels, 1988).
 */
export class AdaptiveWindow {
  /** 1 to `max`. */
  size: number
  readonly #max: number
  #handed = 0
  #waitedMs = 0
  #beganAt: number
  #meanMs = 0
  #deviationMs = 0
  /** The window and its rate before the growth that is on trial. */
  #before: { readonly size: number; readonly rate: number } | undefined
  #patience = 0

  constructor(max: number, now: number) {
    this.#max = max
    this.size = Math.min(max, 2)
    this.#beganAt = now
  }

  /** One credit took so long to come back as an item. */
  took(ms: number): void {
    const error = ms - this.#meanMs
    this.#meanMs += error / 8
    this.#deviationMs += (Math.abs(error) - this.#deviationMs) / 4
  }

  /** Downstream waited, and nothing was held. */
  waited(ms: number): void {
    this.#waitedMs += ms
  }

  /** Items were handed on; true when the round is over. */
  handed(items: number): boolean {
    this.#handed += items
    return this.#handed >= Math.max(8, 2 * this.size)
  }

  /** Ends a round. */
  adapt(now: number): void {
    const ms = now - this.#beganAt
    const rate = this.#handed / ms
    const isShort = this.#waitedMs > WAITS * ms
    this.#handed = this.#waitedMs = 0
    this.#beganAt = now
    if (ms <= 0) return
    if (isShort) this.#grow(rate)
    else this.#shrink(rate)
  }

  #grow(rate: number): void {
    const before = this.#before
    this.#before = undefined
    if (before !== undefined && rate < before.rate * PAYS) {
      this.size = before.size
      this.#patience = PATIENCE
    } else if (this.#patience > 0) this.#patience--
    else if (this.size < this.#max) {
      this.#before = { size: this.size, rate }
      this.size = Math.min(this.#max, this.size * 2)
    }
  }

  #shrink(rate: number): void {
    this.#before = undefined
    const need = Math.ceil(rate * (this.#meanMs + 2 * this.#deviationMs)) + 1
    if (need < this.size * SHRINKS) this.size = Math.max(need, this.size >> 1)
  }
}
