import { checkInteger } from '../../kernel/check.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Ask, Gate, GateInspection } from '../../kernel/gate.ts'
import { systemRandom } from '../../kernel/random.ts'
import type { Random } from '../../kernel/random.ts'
import type { Rate } from '../../kernel/rate.ts'
import { unlimited } from '../ask.ts'
import { workLine } from '../line/line-options.ts'
import { PartGate } from '../part-gate.ts'
import type { Part, Refusal } from '../part.ts'
import { Watched } from '../watched.ts'
import { KeyedGcra } from './keyed-gcra.ts'
import { specOf, withRate } from './rate-spec.ts'
import type { RateSettings } from './rate.ts'
import { SteadyTime } from './steady-time.ts'

export interface KeyedRateOptions extends RateSettings {
  /** For each key. */
  limit: number | Rate
  /** Keys with a rate of their own at a time; default 65,536, which takes 1.1 MB when the gate is made. */
  max?: number
  /** Shown in sheds and inspections; default `'rate'`. */
  name?: string
  clock?: Clock
  /** Where the seed of the hash comes from; name one only to repeat a test. */
  random?: Random
}

/**
 * A rate (GCRA) for each `ask.key`, for keys that come from strangers: addresses, tokens, tenants that anybody may
 * invent. 17 bytes a key, all of them taken when it is made, no timers, no sweeping.
 *
 * Keys that have not used their rate up lately take no room. When more than fit are in use, one that has used least
 * makes room for a newcomer, and what it had taken stays charged to whoever comes there: **no key ever gets more than
 * `burst + limit × time`, however many others are named**, and in a flood newcomers may get less. Where every key needs
 * gates of more kinds than a rate, or a rate of its own, use `keyed`.
 *
 * A change of `limit` takes effect from then on; what was taken stays taken as time. Throws `RangeError` for options
 * out of range.
 */
export function keyedRate(options: KeyedRateOptions): Gate & { set(settings: RateSettings): void } {
  const clock = options.clock ?? systemClock
  return new PartGate(new KeyedRatePart(options, clock), clock, options.line, () => workLine(500))
}

/** A ticket is the key. */
class KeyedRatePart extends Watched implements Part<string> {
  readonly kind = 'keyed'
  readonly name: string
  readonly rank = 1
  readonly perKey = true
  readonly holdsNothing = true
  readonly inUse = 0
  admitted = 0
  readonly #time: SteadyTime
  readonly #rates: KeyedGcra
  #settings: RateSettings & { limit: number | Rate }
  #now = 0.5 // a fraction, so that V8 keeps it as a double in place

  constructor(options: KeyedRateOptions, clock: Clock) {
    super()
    this.name = options.name ?? 'rate'
    const { max = 65_536, random = systemRandom } = options
    this.#settings = withRate({ limit: options.limit }, options)
    this.#time = new SteadyTime(clock)
    const seed = (random.next() * 2 ** 32) | 0
    this.#rates = new KeyedGcra(specOf(this.#settings), checkInteger('max', max, 1, 1 << 26), seed)
  }

  waitMs(cost: number, { key = '' }: Ask, ahead: number): number {
    this.#now = this.#time.now()
    return this.#rates.waitMs(key, cost, this.#now, ahead)
  }

  enter(cost: number, { key = '' }: Ask): string {
    this.admitted++
    this.#rates.take(key, cost, this.#now)
    return key
  }

  settle(key: string, from: number, to: number): void {
    this.#rates.correct(key, to - from, this.#time.now())
  }

  learn(): void {}

  free(): void {}

  /** That of the key that those share who name none. */
  credit(): number {
    return this.#rates.credit('', this.#time.now())
  }

  refusal(cost: number, ask: Ask): Refusal {
    return { reason: 'rate', gate: this.name, retryAfterMs: Math.ceil(this.waitMs(cost, ask, 0)), final: false }
  }

  set(settings: RateSettings): void {
    const merged = withRate(this.#settings, settings)
    this.#rates.configure(specOf(merged))
    this.#settings = merged
  }

  /** One key's rate says nothing about all of them: the limit of a keyed gate is not known. */
  inspect(): Pick<GateInspection, 'state' | 'limit' | 'unit'> {
    return { state: this.credit() > 0 ? 'free' : 'full', limit: unlimited, unit: 'permits' }
  }
}
