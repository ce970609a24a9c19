import { checkNumber } from '../../kernel/check.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import { milliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'
import type { Ask, Gate, GateInspection, PermitOutcome } from '../../kernel/gate.ts'
import { systemRandom } from '../../kernel/random.ts'
import type { Random } from '../../kernel/random.ts'
import { perSecond } from '../../kernel/rate.ts'
import type { Rate } from '../../kernel/rate.ts'
import { paceLine } from '../line/line-options.ts'
import type { LineOptions } from '../line/line-options.ts'
import { PartGate } from '../part-gate.ts'
import { Holding } from '../holding.ts'
import type { Part, Refusal } from '../part.ts'
import type { Advice } from './advice.ts'
import { AdvisedQuota } from './advised-quota.ts'
import { Gcra } from './gcra.ts'
import { SteadyTime } from './steady-time.ts'

/** What an adaptive rate can be told while it runs. */
export interface AdaptiveRateSettings {
  /** It never goes faster. */
  max?: number | Rate
  /** It is never made slower by drops; default a hundredth of `max`. A pause or a used-up quota still stops it. */
  min?: number | Rate
  /** Permits that may go at once after a pause; default 1. */
  burst?: number
  /** What a drop leaves of the rate, 0–1; default 0.7. */
  decrease?: number
  /** How long it takes from `min` to `max` while all goes well; default 1 minute. */
  recovery?: Duration
  /** The longest that one advice can stop it; default 5 minutes, after which the other side is asked again. */
  maxPause?: Duration
  /** As of `rate`. */
  line?: number | LineOptions
}

export interface AdaptiveRateOptions extends AdaptiveRateSettings {
  max: number | Rate
  /** The rate it begins with; default `max`. */
  start?: number | Rate
  /** Shown in sheds and inspections; default `'rate'`. */
  name?: string
  clock?: Clock
  /** Spreads the end of a pause by up to a tenth, so that a thousand clients do not come back together. */
  random?: Random
}

/**
 * A rate that obeys the other side: it slows down when work is dropped, recovers slowly, and stops when it is told to.
 *
 * - A permit released as `'drop'` (429, 503, "overloaded") leaves `decrease` of the rate. Only permits given since the
 *   last decrease count, so that a hundred answers to one overload are one decrease.
 * - A permit released as `'ok'` while somebody had to wait for this rate lets it grow, by even steps, back to `max`.
 *   A rate that nobody uses up learns nothing: it does not drift upward in quiet times.
 * - `advise(gate, advice)` hands over what answers say: see {@link Advice}.
 *
 * Additive increase and multiplicative decrease, which share a bottleneck fairly among clients that know nothing of
 * each other: D. Chiu and R. Jain, "Analysis of the increase and decrease algorithms for congestion avoidance",
 * Computer Networks and ISDN Systems 17, 1989. The factor 0.7 is that of CUBIC (RFC 9438 §4.6) and of the adaptive
 * retry mode of the AWS SDKs; the pacing is GCRA. Throws `RangeError` unless 0 < min ≤ start ≤ max.
 */
export function adaptiveRate(options: AdaptiveRateOptions): Gate & { set(settings: AdaptiveRateSettings): void } {
  const clock = options.clock ?? systemClock
  return new PartGate(new AdaptiveRatePart(options, clock), clock, options.line, () => paceLine)
}

interface Bounds {
  readonly min: number
  readonly max: number
  readonly burst: number
  readonly decrease: number
  /** Permits a second, added every second. */
  readonly growth: number
  readonly maxPauseMs: number
}

const longestGrowthMs = 1000

/** A ticket is the number of decreases when the work began. */
class AdaptiveRatePart extends Holding implements Part<number> {
  readonly kind = 'rate'
  readonly name: string
  readonly rank = 1
  readonly perKey = false
  readonly holdsNothing = false
  readonly #time: SteadyTime
  readonly #random: Random
  readonly #quota = new AdvisedQuota()
  readonly #pace: Gcra
  #settings: AdaptiveRateOptions
  #bounds: Bounds
  #rate: number
  /** What the pace was last told: the rate, or less when the rest of a quota is spread. */
  #paced: number
  #decreases = 0
  #wasWaitedFor = false
  #grewAt: number
  #pausedUntil = -Infinity

  constructor(options: AdaptiveRateOptions, clock: Clock) {
    super()
    this.name = options.name ?? 'rate'
    this.#time = new SteadyTime(clock)
    this.#random = options.random ?? systemRandom
    this.#settings = options
    this.#bounds = boundsOf(options)
    const { min, max, burst } = this.#bounds
    this.#rate = options.start === undefined ? max : checkNumber('start', perSecond('start', options.start), min, max)
    this.#paced = this.#rate
    this.#pace = new Gcra({ limit: this.#rate, per: 1000, burst })
    this.#grewAt = this.#time.now()
  }

  waitMs(cost: number, _ask: Ask, ahead: number): number {
    const now = this.#time.now()
    this.#setPace(now)
    const paced = this.#pace.waitMs(cost, now, ahead)
    return Math.max(paced, this.#pausedUntil - now, this.#quota.waitMs(cost + ahead, now))
  }

  withhold(cost: number): void {
    if (this.#pace.waitMs(cost, this.#time.now(), 0) > 0) this.#wasWaitedFor = true
  }

  enter(cost: number): number {
    this.entered(cost)
    this.#pace.take(cost, this.#time.now())
    this.#quota.take(cost)
    return this.#decreases
  }

  override settle(_ticket: number, from: number, to: number): void {
    super.settle(undefined, from, to)
    this.#pace.correct(to - from, this.#time.now())
    this.#quota.take(to - from)
  }

  learn(decreases: number, outcome: PermitOutcome): void {
    if (outcome === 'drop' && decreases === this.#decreases) {
      this.#decreases = (this.#decreases + 1) & 0x3fffffff
      this.#wasWaitedFor = false
      this.#change(Math.max(this.#bounds.min, this.#rate * this.#bounds.decrease))
    } else if (outcome === 'ok') {
      this.#grow()
    }
  }

  credit(): number {
    const now = this.#time.now()
    this.#setPace(now)
    return this.#pausedUntil > now ? 0 : Math.min(this.#pace.credit(now), this.#quota.credit(now))
  }

  refusal(cost: number, ask: Ask): Refusal {
    return { reason: 'rate', gate: this.name, retryAfterMs: Math.ceil(this.waitMs(cost, ask, 0)), final: false }
  }

  advise(advice: Advice): boolean {
    const now = this.#time.now()
    const { maxPauseMs } = this.#bounds
    const spread = 1 + 0.1 * this.#random.next()
    const pause = advice.retryAfterMs
    if (isCount(pause)) {
      this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(pause * spread, maxPauseMs))
    }
    const { limit, perMs = 1000, remaining, resetMs } = advice
    if (isCount(remaining) && isCount(resetMs)) {
      const whole = isCount(limit) ? limit : undefined
      this.#quota.advise(remaining, now + Math.min(resetMs * spread, maxPauseMs), whole, now)
    } else if (isCount(limit) && limit > 0 && isCount(perMs) && perMs > 0) {
      this.#change(Math.min(this.#rate, Math.max(this.#bounds.min, (limit / perMs) * 1000)))
    }
    this.#setPace(now)
    return true
  }

  set(settings: AdaptiveRateSettings): void {
    const merged = { ...this.#settings, ...settings }
    this.#bounds = boundsOf(merged)
    this.#settings = merged
    this.#paced = Number.NaN // the burst may have changed
    this.#change(Math.min(this.#bounds.max, Math.max(this.#bounds.min, this.#rate)))
  }

  inspect(): Pick<GateInspection, 'state' | 'limit' | 'unit'> {
    const state = this.credit() > 0 ? 'free' : 'full'
    return { state, limit: this.#paced, unit: 'permits/s' }
  }

  #grow(): void {
    const now = this.#time.now()
    const sinceMs = Math.min(longestGrowthMs, now - this.#grewAt)
    this.#grewAt = now
    if (!this.#wasWaitedFor) return
    this.#wasWaitedFor = false
    this.#change(Math.min(this.#bounds.max, this.#rate + (this.#bounds.growth * sinceMs) / 1000))
  }

  #change(rate: number): void {
    const before = this.#paced
    this.#rate = rate
    this.#setPace(this.#time.now())
    if (this.#paced !== before) this.changed?.()
  }

  #setPace(now: number): void {
    const paced = Math.min(this.#rate, this.#quota.spreadOver(now))
    if (paced === this.#paced) return
    this.#paced = paced
    this.#pace.configure({ limit: paced, per: 1000, burst: this.#bounds.burst }, now)
  }
}

function isCount(value: number | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value < Infinity
}

function boundsOf(settings: AdaptiveRateSettings & { max: number | Rate }): Bounds {
  const max = perSecond('max', settings.max)
  const min = settings.min === undefined ? max / 100 : checkNumber('min', perSecond('min', settings.min), 0, max)
  const recoveryMs = milliseconds('recovery', settings.recovery ?? '1m')
  return {
    min,
    max,
    burst: checkNumber('burst', settings.burst ?? 1, 1, 0x3fffffff),
    decrease: checkNumber('decrease', settings.decrease ?? 0.7, 0.01, 0.99),
    growth: ((max - min) / Math.max(1, recoveryMs)) * 1000,
    maxPauseMs: milliseconds('maxPause', settings.maxPause ?? '5m'),
  }
}
