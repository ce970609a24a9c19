import { roundingMs } from '../ask.ts'
import { refuseBurst } from './rate-algorithm.ts'
import type { RateAlgorithm, RateSpec } from './rate-algorithm.ts'

/** Entries that one log holds at most: 64 KiB. */
const maxEntries = 4096

/**
 * Remembers when each permit was taken: no span of `per`, wherever it begins, holds more than `limit`.
 *
 * Exact for limits up to 4,096. The memory is bounded by as many entries (16 bytes each): of a higher limit, or of
 * costs far below 1, those taken close together share one, which counts until the last of them would: by up to
 * `per / 4096` on the strict side. What p-queue calls `strict`.
 *
 * Work that costs more than the limit starts alone, and the log stays full until its rate is kept.
 * Throws `RangeError` for a `burst`: the limit is the burst.
 */
export function slidingLog(spec: RateSpec): RateAlgorithm {
  refuseBurst(spec, 'slidingLog')
  return new SlidingLog(spec)
}

class SlidingLog implements RateAlgorithm {
  #limit: number
  #perMs: number
  /** Entries are merged that are no further apart than this. */
  #grainMs: number
  /**
   * A ring. Invariant: times never fall from the oldest to the youngest, `#sum` is the sum of the costs in it. Entry
   * number `n` stands in place `n mod length`; the numbers go from `#first` to `#first + #length - 1`.
   */
  #times = new Float64Array(8)
  #costs = new Float64Array(8)
  #first = 0
  #length = 0
  #sum = 0

  constructor(spec: RateSpec) {
    this.#limit = spec.limit
    this.#perMs = spec.per
    this.#grainMs = grainOf(spec)
  }

  waitMs(cost: number, now: number, ahead: number): number {
    this.#forget(now)
    const limit = this.#limit
    const wanted = ahead + Math.min(cost, limit)
    const need = Math.min(wanted, limit)
    const more = ((wanted - need) / limit) * this.#perMs
    let left = this.#sum
    if (left + need <= limit * (1 + 1e-12)) return more
    for (let i = 0; i < this.#length; i++) {
      const at = this.#place(this.#first + i)
      left -= this.#costs[at] as number
      if (left + need <= limit * (1 + 1e-12)) return Math.max(roundingMs, this.#goneAt(at) - now) + more
    }
    return more
  }

  take(cost: number, now: number): number {
    this.#forget(now)
    // What costs more than the limit counts as the limit, but for longer: as long as its rate takes.
    const time = Math.max(this.#youngest, now + Math.max(0, cost / this.#limit - 1) * this.#perMs)
    const counted = Math.min(cost, this.#limit)
    this.#sum += counted
    if (counted === 0) return 0 // nothing to remember, and nothing that could be given back
    if (this.#length > 0 && (time - this.#youngest < this.#grainMs || this.#length === maxEntries)) {
      const at = this.#place(this.#first + this.#length - 1)
      if (this.#length === maxEntries) this.#times[at] = time
      this.#costs[at] = (this.#costs[at] as number) + counted
    } else {
      if (this.#length === this.#times.length) this.#grow()
      const at = this.#place(this.#first + this.#length++)
      this.#times[at] = time
      this.#costs[at] = counted
    }
    return (this.#first + this.#length - 1) & 0x3fffffff
  }

  correct(cost: number, now: number, mark: number): void {
    if (cost >= 0) {
      this.take(cost, now)
      return
    }
    this.#forget(now)
    const age = (mark - this.#first) & 0x3fffffff
    if (age >= this.#length) return // no longer counted: nothing to give back
    const at = this.#place(this.#first + age)
    const back = Math.min(-cost, this.#costs[at] as number)
    this.#costs[at] = (this.#costs[at] as number) - back
    this.#sum -= back
  }

  credit(now: number): number {
    this.#forget(now)
    return Math.max(0, Math.floor(this.#limit * (1 + 1e-12) - this.#sum))
  }

  configure(spec: RateSpec, now: number): void {
    refuseBurst(spec, 'slidingLog')
    this.#forget(now)
    this.#limit = spec.limit
    this.#perMs = spec.per
    this.#grainMs = grainOf(spec)
  }

  get #youngest(): number {
    return this.#length === 0 ? -Infinity : (this.#times[this.#place(this.#first + this.#length - 1)] as number)
  }

  #goneAt(at: number): number {
    return (this.#times[at] as number) + this.#perMs + this.#grainMs
  }

  #forget(now: number): void {
    while (this.#length > 0) {
      const at = this.#place(this.#first)
      if (this.#goneAt(at) > now + roundingMs) return
      this.#sum -= this.#costs[at] as number
      this.#first = (this.#first + 1) & 0x3fffffff
      this.#length--
    }
    this.#sum = 0 // what sums of fractions are off by goes with the last entry
  }

  #place(entry: number): number {
    return entry & (this.#times.length - 1)
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2)
    const costs = new Float64Array(times.length)
    for (let i = 0; i < this.#length; i++) {
      const from = this.#place(this.#first + i)
      const to = (this.#first + i) & (times.length - 1)
      times[to] = this.#times[from] as number
      costs[to] = this.#costs[from] as number
    }
    this.#times = times
    this.#costs = costs
  }
}

function grainOf({ limit, per }: RateSpec): number {
  return limit > maxEntries ? per / maxEntries : 0
}
