import { TOLERANCE, type ScaleAdvice } from './scale-advice.ts'

/** Within what, and how fast, a number of workers may change. */
export interface ScaleLimits {
  readonly min: number
  readonly max: number
  /** At most so many times as many, or as few, at a time; 1.1 or more. */
  readonly step: number
  /** How long fewer must be enough before there are fewer, and how long what did not help is not tried again, ms. */
  readonly cooldownMs: number
  /** How long more workers have to show what they are good for, ms. */
  readonly settleMs: number
}

/** How many there are to be, and why; a new reason may come without a new number. */
export interface ScaleStep {
  readonly workers: number
  readonly reason: string
}

/** More workers that do not bring at least this part of what they should have brought did not help. */
const LEAST_GAIN = 0.25
/** Items per worker from which a rate says something, and how many times the settling time they are waited for at most. */
const ENOUGH_ITEMS = 8
const MOST_SETTLING = 10
/** Weight of the latest rate, for what was done before a step. */
const WEIGHT = 0.3

/**
 * Turns advice into steps. Up at once, since a queue that grows costs more than a worker; down only after fewer have been
 * enough for a while, to what the busiest moment of that while needed (the stabilisation window of the Horizontal Pod
 * Autoscaler). Each step up is looked at: when more workers get no more done, something that nobody sees is the limit
 * (processors, the other side), and they are taken back.
 */
export class ScaleSteps {
  readonly #limits: ScaleLimits
  /** The last step up, until it is known whether it helped. */
  #trial: Trial | undefined
  #lastAt: number | undefined
  /** Items per second lately. */
  #usual: number | undefined
  /** More than these did not help. */
  #ceiling: { readonly workers: number; readonly until: number; readonly reason: string } | undefined
  /** Since when fewer are enough, and the most that were needed since. */
  #fewer: { readonly since: number; needed: number } | undefined

  constructor(limits: ScaleLimits) {
    this.#limits = limits
  }

  next(now: number, workers: number, advice: ScaleAdvice): ScaleStep {
    const { min, max, step, cooldownMs } = this.#limits
    const { pressure, reason, wouldHelp, rate } = advice
    const isShort = pressure > 1 + TOLERANCE
    const passed = now - (this.#lastAt ?? now)
    this.#lastAt = now
    const back = this.#judge(now, workers, (rate * passed) / 1000, isShort)
    this.#usual = this.#usual === undefined ? rate : this.#usual + WEIGHT * (rate - this.#usual)
    if (back !== undefined) return back
    const needed = Math.max(min, Math.min(max, Math.ceil(workers * pressure - 1e-9)))
    if (isShort) {
      this.#fewer = undefined
      if (!wouldHelp || this.#trial !== undefined) return { workers, reason }
      if (this.#ceiling !== undefined && now < this.#ceiling.until && workers >= this.#ceiling.workers) {
        return { workers, reason: this.#ceiling.reason }
      }
      if (workers >= max) return { workers, reason: `${reason}; ${max} is the most allowed` }
      const to = Math.min(needed, Math.ceil(workers * step))
      this.#trial = { from: workers, to, rate: this.#usual, since: now, items: 0 }
      return { workers: to, reason }
    }
    if (pressure >= 1 - TOLERANCE || needed >= workers) {
      this.#fewer = undefined
      return { workers, reason }
    }
    this.#fewer ??= { since: now, needed }
    this.#fewer.needed = Math.max(this.#fewer.needed, needed)
    if (now - this.#fewer.since < cooldownMs) return { workers, reason }
    const to = Math.max(this.#fewer.needed, Math.floor(workers / step), min)
    this.#fewer = undefined
    return { workers: to, reason }
  }

  /** Those that were to come are not there yet: they have their time to show what they are good for from now on. */
  wait(now: number): void {
    this.#lastAt = now
    if (this.#trial !== undefined) this.#trial = { ...this.#trial, since: now, items: 0 }
  }

  /** Whether the last step up did any good, once it has had its time. */
  #judge(now: number, workers: number, items: number, isShort: boolean): ScaleStep | undefined {
    const trial = this.#trial
    if (trial === undefined) return undefined
    trial.items += items
    const { settleMs, cooldownMs } = this.#limits
    const passed = now - trial.since
    if (passed < settleMs || (trial.items < ENOUGH_ITEMS * trial.to && passed < MOST_SETTLING * settleMs)) {
      return undefined
    }
    this.#trial = undefined
    const rate = (trial.items * 1000) / passed
    this.#usual = rate
    // Of work that takes so long nothing can be said.
    if (trial.items < ENOUGH_ITEMS * trial.to) return undefined
    if (!isShort || workers !== trial.to) return undefined
    const gain = rate / trial.rate - 1
    if (gain >= LEAST_GAIN * (trial.to / trial.from - 1)) return undefined
    const reason = `0 more would help: ${trial.to} instead of ${trial.from} did ${Math.max(0, Math.round(gain * 100))} % more`
    this.#ceiling = { workers: trial.from, until: now + cooldownMs, reason }
    return { workers: trial.from, reason }
  }
}

/** A step up of which it is not known yet whether it helped. */
interface Trial {
  readonly from: number
  readonly to: number
  /** Items per second before it. */
  readonly rate: number
  readonly since: number
  /** Items since then. */
  items: number
}
