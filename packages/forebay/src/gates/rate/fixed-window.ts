import { roundingMs } from '../ask.ts'
import { refuseBurst } from './rate-algorithm.ts'
import type { RateAlgorithm, RateSpec } from './rate-algorithm.ts'

/**
 * At most `limit` in each window of `per`; a window begins with the first permit after the one before has ended.
 *
 *     window 1            window 2
 *     ├────────────●●●●●──┼●●●●●─────────────┤     limit 5: ten permits in far less than `per`
 *
 * The cheapest to explain and what many services use ("600 an hour"), and the coarsest: **around a border up to twice
 * the limit passes within any one `per`**, never more. Take `slidingLog` where no span of `per` may hold more, or
 * `slidingWindow` for nearly that at the price of two numbers. Use this one to match a service that counts so.
 *
 * Work that costs more than the limit starts in a window of its own and closes those that follow until it is paid.
 * Throws `RangeError` for a `burst`: the limit is the burst.
 */
export function fixedWindow(spec: RateSpec): RateAlgorithm {
  refuseBurst(spec, 'fixedWindow')
  return new FixedWindow(spec)
}

class FixedWindow implements RateAlgorithm {
  #limit: number
  #perMs: number
  /** Taken in this window, and what is left over from costlier work than a window holds. */
  #count = 0
  #start = 0
  #window = 0

  constructor(spec: RateSpec) {
    this.#limit = spec.limit
    this.#perMs = spec.per
  }

  waitMs(cost: number, now: number, ahead: number): number {
    this.#roll(now)
    const over = this.#count + ahead + Math.min(cost, this.#limit) - this.#limit
    if (over <= this.#limit * 1e-12) return 0 // what sums of fractions are off by
    return Math.max(roundingMs, this.#start + Math.ceil(over / this.#limit) * this.#perMs - now)
  }

  take(cost: number, now: number): number {
    this.#roll(now)
    if (this.#count === 0) this.#begin(now)
    this.#count += cost
    return this.#window
  }

  correct(cost: number, now: number, mark: number): void {
    this.#roll(now)
    if (cost < 0 && mark !== this.#window) return // taken in a window that is over: it gives nothing back to this one
    if (this.#count === 0) this.#begin(now)
    this.#count = Math.max(0, this.#count + cost)
  }

  credit(now: number): number {
    this.#roll(now)
    return Math.max(0, Math.floor(this.#limit - this.#count + this.#limit * 1e-12))
  }

  configure(spec: RateSpec, now: number): void {
    refuseBurst(spec, 'fixedWindow')
    this.#roll(now)
    this.#limit = spec.limit
    this.#perMs = spec.per
  }

  #roll(now: number): void {
    const over = Math.floor((now - this.#start + roundingMs) / this.#perMs)
    if (over < 1) return
    this.#count = Math.max(0, this.#count - over * this.#limit)
    this.#start += over * this.#perMs
    this.#window = (this.#window + 1) & 0x3fffffff
  }

  /** Nothing is counted: the window may as well begin now. */
  #begin(now: number): void {
    if (now - this.#start > 0) this.#start = now
  }
}
