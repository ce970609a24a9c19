import type { Clock } from '../../../kernel/clock.ts'
import { systemRandom } from '../../../kernel/random.ts'
import { KeyedGcra } from '../keyed-gcra.ts'
import type { RateSpec } from '../rate-algorithm.ts'
import { SteadyTime } from '../steady-time.ts'
import type { StoredRate } from './rate-store.ts'

/** Keys that the share of one process tells apart while the store is away: 70 kB, taken when it first is. */
const keys = 4096

/** One process's share of a rate, kept by itself: its limit and its burst among so many instances. */
export class LocalShare {
  readonly #instances: number
  readonly #time: SteadyTime
  #spec: RateSpec
  #rates: KeyedGcra | undefined

  constructor(rate: StoredRate, instances: number, clock: Clock) {
    this.#instances = instances
    this.#time = new SteadyTime(clock)
    this.#spec = this.#shareOf(rate)
  }

  waitMs(key: string, cost: number, ahead: number): number {
    return this.#kept.waitMs(key, cost, this.#time.now(), ahead)
  }

  take(key: string, cost: number): void {
    this.#kept.take(key, cost, this.#time.now())
  }

  settle(key: string, from: number, to: number): void {
    this.#kept.correct(key, to - from, this.#time.now())
  }

  credit(): number {
    return this.#kept.credit('', this.#time.now())
  }

  set(rate: StoredRate): void {
    this.#spec = this.#shareOf(rate)
    this.#rates?.configure(this.#spec)
  }

  get #kept(): KeyedGcra {
    return (this.#rates ??= new KeyedGcra(this.#spec, keys, (systemRandom.next() * 2 ** 32) | 0))
  }

  #shareOf({ limit, perMs, burst }: StoredRate): RateSpec {
    return { limit: limit / this.#instances, per: perMs, burst: Math.max(1, burst / this.#instances) }
  }
}
