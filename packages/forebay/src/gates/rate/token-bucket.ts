import { roundingMs } from '../ask.ts'
import { burstOf } from './rate-algorithm.ts'
import type { RateAlgorithm, RateSpec } from './rate-algorithm.ts'

/**
 * A bucket of `burst` tokens that is refilled evenly, `limit` in every `per`; work takes its cost in tokens.
 *
 * RFC 2697 §3 with one bucket; the counting form of golang.org/x/time/rate. It admits exactly what `'gcra'` admits
 * (a test says so), and differs when the rate is changed while it runs: tokens that are there stay, and what is owed
 * is owed in tokens, where GCRA keeps what was *taken*. Any window of t ms admits at most burst + limit · t / per.
 */
export function tokenBucket(spec: RateSpec): RateAlgorithm {
  return new TokenBucket(spec)
}

class TokenBucket implements RateAlgorithm {
  readonly isEven = true
  #intervalMs: number
  #burst: number
  /** Invariant: ≤ burst. Below 0 after work that cost more than the burst, or was corrected upward. */
  #tokens: number
  #at = -0.5

  constructor(spec: RateSpec) {
    this.#intervalMs = spec.per / spec.limit
    this.#burst = burstOf(spec)
    this.#tokens = this.#burst
  }

  waitMs(cost: number, now: number, ahead: number): number {
    this.#refill(now)
    const wait = (ahead + Math.min(cost, this.#burst) - this.#tokens) * this.#intervalMs
    return wait <= roundingMs ? 0 : wait
  }

  take(cost: number, now: number): number {
    this.#refill(now)
    this.#tokens -= cost
    return 0
  }

  correct(cost: number, now: number): void {
    this.#refill(now)
    this.#tokens = Math.min(this.#burst, this.#tokens - cost)
  }

  credit(now: number): number {
    this.#refill(now)
    return Math.max(0, Math.floor(this.#tokens + roundingMs / this.#intervalMs))
  }

  configure(spec: RateSpec, now: number): void {
    this.#refill(now)
    this.#intervalMs = spec.per / spec.limit
    this.#burst = burstOf(spec)
    this.#tokens = Math.min(this.#burst, this.#tokens)
  }

  #refill(now: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) / this.#intervalMs)
    this.#at = now
  }
}
