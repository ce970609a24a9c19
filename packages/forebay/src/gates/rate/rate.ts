import { show } from '../../kernel/check.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Duration } from '../../kernel/duration.ts'
import type { Ask, Gate, GateInspection } from '../../kernel/gate.ts'
import type { Rate } from '../../kernel/rate.ts'
import { paceLine } from '../line/line-options.ts'
import type { LineOptions } from '../line/line-options.ts'
import { PartGate } from '../part-gate.ts'
import type { Part, Refusal } from '../part.ts'
import { atTurnEnd, isRush, turnTime } from '../turn-time.ts'
import type { Hasty } from '../turn-time.ts'
import { Watched } from '../watched.ts'
import { Gcra } from './gcra.ts'
import { specOf, withRate } from './rate-spec.ts'
import { SteadyTime } from './steady-time.ts'
import type { MakeRateAlgorithm, RateAlgorithm, RateSpec } from './rate-algorithm.ts'

/** What a rate can be told while it runs. */
export interface RateSettings {
  /** Permits in every `per`, or a rate of its own such as `'50/s'`. */
  limit?: number | Rate
  /** Default 1 s, or what the limit names: `'600/m'` is over a minute. */
  per?: Duration
  /**
   * Permits that may go at once after a pause; default a tenth of a second's worth, at least 1. Only `'gcra'` and
   * `tokenBucket` have one.
   */
  burst?: number
  /** Who may wait, and how long; default 1,000 callers for a minute, first come first served by key. */
  line?: number | LineOptions
}

export interface RateOptions extends RateSettings {
  limit: number | Rate
  /**
   * How it counts; default `'gcra'`. The others are values of `forebay/gates`: `tokenBucket`, `leakyBucket`,
   * `fixedWindow`, `slidingWindow`, `slidingLog`, `warmUp('30s')`, and by name `rateAlgorithms`.
   */
  algorithm?: 'gcra' | MakeRateAlgorithm
  /** Shown in sheds and inspections; default `'rate'`. */
  name?: string
  clock?: Clock
}

/**
 * A gate that spaces work in time: a pace. It holds nothing while the work runs.
 *
 * `acquire` waits until the permit conforms, or is refused at once when that would be longer than it may
 * wait. Work of unknown cost asks with an estimate and corrects it with `permit.settle(cost)`.
 * Throws `RangeError` for a limit or burst that is not positive.
 */
export function rate(options: RateOptions | Rate): Gate & { set(settings: RateSettings): void } {
  const given: RateOptions = typeof options === 'object' ? options : { limit: options }
  const clock = given.clock ?? systemClock
  return new PartGate(new RatePart(given, clock), clock, given.line, () => paceLine)
}

/** Of what a rate could give, at most this much in permits, and this part of it, is given before the time is read again. */
const mostUnread = 256
const shareUnread = 16

class RatePart extends Watched implements Part<number>, Hasty {
  readonly kind = 'rate'
  readonly name: string
  readonly rank = 1
  readonly perKey = false
  readonly holdsNothing = true
  readonly inUse = 0
  admitted = 0
  readonly #mayLend: boolean
  readonly #time: SteadyTime
  readonly #algorithm: RateAlgorithm
  #settings: RateSettings & { limit: number | Rate }
  #spec: RateSpec
  // A fraction, so that V8 keeps it as a double in place and updating it allocates nothing.
  #now = 0.5
  /** Permits that may be given before the time is read again, and how many that were at the last reading. */
  #left = 0
  #lent = 0

  constructor(options: RateOptions, clock: Clock) {
    super()
    this.name = options.name ?? 'rate'
    this.#time = new SteadyTime(clock === systemClock ? turnTime : clock)
    const { algorithm = 'gcra' } = options
    this.#settings = withRate({ limit: options.limit }, options)
    this.#spec = specOf(this.#settings)
    if (typeof algorithm !== 'function' && algorithm !== 'gcra') {
      throw new RangeError(
        `algorithm: expected 'gcra' or one of forebay/gates such as tokenBucket, got ${show(algorithm)}`,
      )
    }
    this.#algorithm = typeof algorithm === 'function' ? algorithm(this.#spec) : new Gcra(this.#spec)
    this.#mayLend = clock === systemClock && this.#algorithm.isEven === true
  }

  waitMs(cost: number, _ask: Ask, ahead: number): number {
    if (this.#left > 0 && cost === 1 && ahead === 0) return 0
    this.#now = this.#read()
    return this.#algorithm.waitMs(cost, this.#now, ahead)
  }

  enter(cost: number): number {
    this.admitted++
    if (this.#left > 0) {
      this.#left--
      return 0
    }
    const mark = this.#algorithm.take(cost, this.#now) // the instant at which waitMs said yes: reading the clock twice costs more than the rest
    if (this.#mayLend && isRush()) {
      this.#lent = Math.min(mostUnread, Math.floor(this.#algorithm.credit(this.#now) / shareUnread))
      this.#left = this.#lent
      atTurnEnd(this)
    }
    return mark
  }

  settle(mark: number, from: number, to: number): void {
    this.#algorithm.correct(to - from, this.#read(), mark)
  }

  learn(): void {}

  free(): void {}

  credit(): number {
    return this.#algorithm.credit(this.#read())
  }

  refusal(cost: number, ask: Ask): Refusal {
    return { reason: 'rate', gate: this.name, retryAfterMs: Math.ceil(this.waitMs(cost, ask, 0)), final: false }
  }

  set(settings: RateSettings): void {
    const merged = withRate(this.#settings, settings)
    const spec = specOf(merged)
    this.#algorithm.configure(spec, this.#read())
    this.#spec = spec
    this.#settings = merged
  }

  inspect(): Pick<GateInspection, 'state' | 'limit' | 'unit'> {
    const limit = (this.#spec.limit / this.#spec.per) * 1000
    return { state: this.credit() > 0 ? 'free' : 'full', limit, unit: 'permits/s' }
  }
  turnEnded(): void {
    this.#read()
  }

  /** The time. What was given since the last reading counts as taken now, which is the latest that it can have been. */
  #read(): number {
    const now = this.#time.now()
    const taken = this.#lent - this.#left
    this.#lent = 0
    this.#left = 0
    if (taken > 0) this.#algorithm.take(taken, now)
    return now
  }
}
