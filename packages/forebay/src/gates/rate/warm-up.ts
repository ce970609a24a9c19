import { checkNumber } from '../../kernel/check.ts'
import { positiveMilliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'
import { roundingMs } from '../ask.ts'
import { refuseBurst } from './rate-algorithm.ts'
import type { MakeRateAlgorithm, RateAlgorithm, RateSpec } from './rate-algorithm.ts'

export interface WarmUpOptions {
  /** How many times slower than the limit a cold rate is; default 3. */
  coldFactor?: number
}

/**
 * Even spacing that starts slow: a rate that was idle begins at a third of its limit and reaches it after `over` of
 * use. For something behind it that must fill its caches or open its connections first.
 *
 *     interval
 *      cold ┤╲                          idle time moves to the left, work to the right; the area under
 *           │   ╲                       the line is the time the permits take
 *    stable ┤      ╲──────────────
 *           └───────┴─────────────> permits used since it was cold
 *
 * Guava's `SmoothWarmingUp` (RateLimiter, whose comment derives it), as Sentinel's warm-up controller has it, too. It
 * cools down while it is idle and is cold again after `over` of idleness. It never goes faster than the limit, and
 * has no burst: throws `RangeError` for one, and for an `over` of 0 or a `coldFactor` that is not above 1.
 */
export function warmUp(over: Duration, options: WarmUpOptions = {}): MakeRateAlgorithm {
  const overMs = positiveMilliseconds('over', over)
  const coldFactor = checkNumber('coldFactor', options.coldFactor ?? 3, 1 + 1e-9, 1000)
  return (spec) => new WarmUp(spec, overMs, coldFactor)
}

class WarmUp implements RateAlgorithm {
  readonly #overMs: number
  readonly #coldFactor: number
  #stableMs = 0
  /** Stored permits above which the rate is not yet warm; `#maxStored` is cold. */
  #threshold = 0
  #maxStored = 0
  #stored: number
  /** Before this nothing more may start. */
  #freeAt = -0.5

  constructor(spec: RateSpec, overMs: number, coldFactor: number) {
    refuseBurst(spec, 'warmUp')
    this.#overMs = overMs
    this.#coldFactor = coldFactor
    this.#shape(spec)
    this.#stored = this.#maxStored
  }

  waitMs(_cost: number, now: number, ahead: number): number {
    // Those who go first are taken to be warm: a guess on the short side, as `waitMs` may make.
    const wait = Math.max(0, this.#freeAt - now) + ahead * this.#stableMs
    return wait <= roundingMs ? 0 : wait
  }

  take(cost: number, now: number): number {
    this.#coolDown(now)
    const fromStored = Math.min(cost, this.#stored)
    this.#freeAt += this.#timeFor(fromStored) + (cost - fromStored) * this.#stableMs
    this.#stored -= fromStored
    return 0
  }

  correct(cost: number, now: number): void {
    if (cost >= 0) this.take(cost, now)
    else this.#freeAt = Math.max(Math.min(now, this.#freeAt), this.#freeAt + cost * this.#stableMs)
  }

  credit(now: number): number {
    return this.waitMs(1, now, 0) === 0 ? 1 : 0
  }

  configure(spec: RateSpec, now: number): void {
    refuseBurst(spec, 'warmUp')
    this.#coolDown(now)
    const owed = (this.#freeAt - now) / this.#stableMs
    const share = this.#stored / this.#maxStored
    this.#shape(spec)
    this.#stored = share * this.#maxStored
    this.#freeAt = now + owed * this.#stableMs
  }

  #shape(spec: RateSpec): void {
    this.#stableMs = spec.per / spec.limit
    this.#threshold = (0.5 * this.#overMs) / this.#stableMs
    this.#maxStored = this.#threshold + (2 * this.#overMs) / (this.#stableMs * (1 + this.#coldFactor))
  }

  #coolDown(now: number): void {
    const idleMs = now - this.#freeAt
    if (idleMs <= 0) return
    this.#stored = Math.min(this.#maxStored, this.#stored + (idleMs / this.#overMs) * this.#maxStored)
    this.#freeAt = now
  }

  /** The area under the line for the next `count` stored permits. */
  #timeFor(count: number): number {
    const above = Math.min(count, Math.max(0, this.#stored - this.#threshold))
    const slope = (this.#stableMs * (this.#coldFactor - 1)) / (this.#maxStored - this.#threshold)
    const from = this.#stableMs + slope * (this.#stored - this.#threshold)
    return above * (from - (slope * above) / 2) + (count - above) * this.#stableMs
  }
}
