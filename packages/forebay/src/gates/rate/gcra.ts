import { roundingMs } from '../ask.ts'
import type { RateAlgorithm, RateSpec } from './rate-algorithm.ts'

/**
 * The generic cell rate algorithm in its virtual scheduling form (ITU-T Recommendation I.371, 2004, §A;
 * ATM Forum Traffic Management 4.1, §4.4): one number, the theoretical arrival time, holds the state.
 *
 *              interval T = per / limit, tolerance = burst · T
 *
 *     now            tat                 now + tolerance
 *     ├───────────────┼───────────────────┤
 *      already taken    may still be taken
 *
 * Any window of t ms admits at most burst + t / T of cost; somebody who always asks gets all of it.
 * Cost that exceeds the burst enters when nothing is taken, and the rate is kept by the wait that follows.
 */
export class Gcra implements RateAlgorithm {
  #intervalMs: number
  #burst: number
  // Both start as fractions so that V8 keeps them as doubles in place and updating them allocates nothing.
  #tat = -0.5
  #seenAt = -0.5

  constructor(spec: RateSpec) {
    this.#intervalMs = spec.per / spec.limit
    this.#burst = spec.burst
  }

  waitMs(cost: number, now: number, ahead: number): number {
    const wait = this.#takenMs(now) + (ahead + Math.min(cost, this.#burst) - this.#burst) * this.#intervalMs
    return wait <= roundingMs ? 0 : wait
  }

  take(cost: number, now: number): void {
    this.#tat = now + this.#takenMs(now) + cost * this.#intervalMs
  }

  correct(cost: number, now: number): void {
    this.take(cost, now)
  }

  credit(now: number): number {
    return Math.max(0, Math.floor(this.#burst - (this.#takenMs(now) - roundingMs) / this.#intervalMs))
  }

  configure(spec: RateSpec, now: number): void {
    const taken = this.#takenMs(now) / this.#intervalMs
    this.#intervalMs = spec.per / spec.limit
    this.#burst = spec.burst
    this.#tat = now + taken * this.#intervalMs
  }

  #takenMs(now: number): number {
    if (now < this.#seenAt) this.#tat -= this.#seenAt - now // the clock went back: what was taken moves with it
    this.#seenAt = now
    return Math.max(0, this.#tat - now)
  }
}
