import { roundingMs } from '../ask.ts'
import { PackedRates } from './packed-rates.ts'
import { burstOf } from './rate-algorithm.ts'
import type { RateSpec } from './rate-algorithm.ts'

/** GCRA for many keys, whose state {@link PackedRates} bounds. As of `Gcra`, with what has been taken kept as time when the rate changes. */
export class KeyedGcra {
  readonly #rates: PackedRates
  #intervalMs = 0
  #burst = 0

  constructor(spec: RateSpec, max: number, seed: number) {
    this.#rates = new PackedRates(max, seed)
    this.configure(spec)
  }

  get bytes(): number {
    return this.#rates.bytes
  }

  waitMs(key: string, cost: number, now: number, ahead: number): number {
    const open = (ahead + Math.min(cost, this.#burst) - this.#burst) * this.#intervalMs
    const wait = this.#rates.takenMs(key, now) + open
    return wait <= roundingMs ? 0 : wait
  }

  take(key: string, cost: number, now: number): void {
    this.#rates.take(key, cost * this.#intervalMs, now)
  }

  correct(key: string, cost: number, now: number): void {
    if (cost < 0) this.#rates.giveBack(key, -cost * this.#intervalMs)
    else this.take(key, cost, now)
  }

  credit(key: string, now: number): number {
    return Math.max(0, Math.floor(this.#burst - (this.#rates.takenMs(key, now) - roundingMs) / this.#intervalMs))
  }

  configure(spec: RateSpec): void {
    this.#intervalMs = spec.per / spec.limit
    this.#burst = burstOf(spec)
  }
}
