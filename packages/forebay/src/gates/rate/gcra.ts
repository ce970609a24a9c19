import { roundingMs } from '../ask.ts'
import { burstOf } from './rate-algorithm.ts'
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
  readonly isEven = true
  #intervalMs: number
  #burst: number
  #tat = -0.5 // a fraction, so that V8 keeps it as a double in place and updating it allocates nothing

  constructor(spec: RateSpec) {
    this.#intervalMs = spec.per / spec.limit
    this.#burst = burstOf(spec)
  }

  waitMs(cost: number, now: number, ahead: number): number {
    const wait = this.#takenMs(now) + (ahead + Math.min(cost, this.#burst) - this.#burst) * this.#intervalMs
    return wait <= roundingMs ? 0 : wait
  }

  take(cost: number, now: number): number {
    this.#tat = now + this.#takenMs(now) + cost * this.#intervalMs
    return 0
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
    this.#burst = burstOf(spec)
    this.#tat = now + taken * this.#intervalMs
  }

  #takenMs(now: number): number {
    return Math.max(0, this.#tat - now)
  }
}
