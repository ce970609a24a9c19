import { roundingMs } from '../ask.ts'
import { refuseBurst } from './rate-algorithm.ts'
import type { RateAlgorithm, RateSpec } from './rate-algorithm.ts'

/**
 * Two windows side by side, the older weighted by how much of it the last `per` still covers:
 *
 *        previous: 6        current: 2
 *     ├──────────────────┼──────────────────┤
 *                 └── the last per ──┘ now         6 · 40 % + 2 = 4.4 ≤ limit
 *
 * The counter that Cloudflare described (J. Desgats, "How we built rate limiting capable of scaling to millions of
 * domains", 2017): two numbers for any limit. It takes the older window to have been spread evenly. Where that holds
 * no span of `per` passes more than the limit; at worst, a burst at the end of a window and then steady asking,
 * nearly twice the limit does, as with `fixedWindow`, but never all at once at a border.
 *
 * Work that costs more than the limit starts alone and is paid off by the windows that follow.
 * Throws `RangeError` for a `burst`: the limit is the burst.
 */
export function slidingWindow(spec: RateSpec): RateAlgorithm {
  refuseBurst(spec, 'slidingWindow')
  return new SlidingWindow(spec)
}

class SlidingWindow implements RateAlgorithm {
  #limit: number
  #perMs: number
  #previous = 0
  #current = 0
  #start = 0
  #window = 0

  constructor(spec: RateSpec) {
    this.#limit = spec.limit
    this.#perMs = spec.per
  }

  waitMs(cost: number, now: number, ahead: number): number {
    this.#roll(now)
    const limit = this.#limit
    const wanted = ahead + Math.min(cost, limit)
    const need = Math.min(wanted, limit) // the rest of what goes first takes about its share of windows
    const more = ((wanted - need) / limit) * this.#perMs
    if (this.#weighted(now) + need <= limit * (1 + 1e-12)) return more
    const intoWindow = this.#current + need <= limit ? this.#at(this.#previous, limit - this.#current - need) : Infinity
    const later = Math.max(1, Math.ceil((this.#current + need) / limit - 1)) // windows until what is owed leaves room
    const owed = this.#current - (later - 1) * limit
    const room = limit - Math.max(0, owed - limit) - need
    const laterWindow = later * this.#perMs + this.#at(Math.min(limit, owed), room)
    const wait = this.#start + Math.min(intoWindow, laterWindow) - now
    return Math.max(roundingMs, wait) + more
  }

  take(cost: number, now: number): number {
    this.#roll(now)
    this.#current += cost
    return this.#window
  }

  correct(cost: number, now: number, mark: number): void {
    this.#roll(now)
    if (cost >= 0 || mark === this.#window) this.#current = Math.max(0, this.#current + cost)
    else if (mark === ((this.#window - 1) & 0x3fffffff)) this.#previous = Math.max(0, this.#previous + cost)
  }

  credit(now: number): number {
    this.#roll(now)
    return Math.max(0, Math.floor(this.#limit * (1 + 1e-12) - this.#weighted(now)))
  }

  configure(spec: RateSpec, now: number): void {
    refuseBurst(spec, 'slidingWindow')
    this.#roll(now)
    this.#limit = spec.limit
    this.#perMs = spec.per
  }

  #weighted(now: number): number {
    return this.#previous * Math.max(0, 1 - (now - this.#start) / this.#perMs) + this.#current
  }

  /** How far into a window the weight of `previous` has fallen to `room`. */
  #at(previous: number, room: number): number {
    return previous <= room ? 0 : this.#perMs * (1 - room / previous)
  }

  #roll(now: number): void {
    const over = Math.floor((now - this.#start + roundingMs) / this.#perMs)
    if (over < 1) return
    const owed = this.#current - (over - 1) * this.#limit
    this.#previous = Math.min(this.#limit, Math.max(0, owed))
    this.#current = Math.max(0, owed - this.#limit)
    this.#start += over * this.#perMs
    this.#window = (this.#window + over) & 0x3fffffff
  }
}
