import { checkInteger } from '../../kernel/check.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import { milliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'
import type { AdaptiveInspection, Gate, GateInspection, PermitOutcome } from '../../kernel/gate.ts'
import { Holding } from '../holding.ts'
import { workLine } from '../line/line-options.ts'
import type { LineOptions } from '../line/line-options.ts'
import { PartGate } from '../part-gate.ts'
import type { Part, Refusal } from '../part.ts'
import type { Adaptive, LimitBounds } from './adaptive.ts'
import type { Learner } from './learner.ts'

/** What a limit can be told while it runs. */
export interface LimitSettings extends LimitBounds {
  /** Cost that may be in use at once, 0 lets nothing start; or how it is found, such as `tide()`. */
  limit?: number | Adaptive
  /** Lets nothing start for so long from now on: what the other side has asked for with a Retry-After. 0 takes it back. */
  holdOff?: Duration
  /**
   * Who may wait, how long and in which order; default the larger of 200 and twice the limit, held for
   * 400, 100, 50 and 50 ms by level. A number is a line of that many without a bound in time.
   */
  line?: number | LineOptions
}

export interface LimitOptions extends Pick<LimitSettings, 'line'> {
  /** Shown in sheds and inspections; default `'limit'`. */
  name?: string
  clock?: Clock
}

/**
 * A gate that lets at most `limit` of cost be in use at once. Its permits end with the work, so a caller
 * that gives up frees nothing while the work goes on. `limit(tide())` finds out how much that is, and goes on doing so.
 *
 * Work that costs more than the whole limit starts when nothing else runs, or it never could.
 * Throws `RangeError` unless `limit` is a whole number ≥ 0 or adaptive.
 */
export function limit(
  limit: number | Adaptive,
  options: LimitOptions = {},
): Gate & { set(settings: LimitSettings): void } {
  const clock = options.clock ?? systemClock
  const part = new LimitPart(limit, options.name ?? 'limit', clock)
  return new PartGate(part, clock, options.line, () => workLine(part.limit))
}

/** What a permit remembers: its place with the learner, or -1 when it was given while the limit was fixed. */
type Place = number

class LimitPart extends Holding implements Part<Place> {
  readonly kind = 'limit'
  readonly name: string
  readonly rank = 3
  readonly perKey = false
  readonly holdsNothing = false
  /** Invariant: inUse ≤ limit, unless one piece alone costs more, costs were corrected upward, or the limit lowered. */
  limit = 0
  readonly #clock: Clock
  /** Made with the first adaptive limit; it stays, since permits know their places in it. */
  #learner: Learner | undefined = undefined
  #isAdaptive = false
  /** Nothing starts before, ms on the clock; 0 when nobody has asked for it. */
  #heldOffUntil = 0

  constructor(limit: number | Adaptive, name: string, clock: Clock) {
    super()
    this.#clock = clock
    this.name = name
    this.set({ limit: limit ?? NaN })
  }

  waitMs(cost: number, _ask: unknown, ahead: number): number {
    if (this.#heldOffUntil > 0) {
      const wait = this.#heldOffUntil - this.#clock.now()
      if (wait > 0) return wait
      this.#heldOffUntil = 0
    }
    if (ahead > 0) return Infinity
    const { inUse, pieces } = this
    return inUse + cost <= this.limit || (pieces === 0 && this.limit > 0) ? 0 : Infinity
  }

  enter(cost: number): Place {
    this.entered(cost)
    if (!this.#isAdaptive) return -1
    const learner = this.#learner as Learner
    const place = learner.enter(this.inUse)
    this.limit = learner.limit
    return place
  }

  learn(place: Place, outcome: PermitOutcome): void {
    if (place < 0 || !this.#isAdaptive) return
    const learner = this.#learner as Learner
    learner.learn(place, outcome)
    const before = this.limit
    this.limit = learner.limit
    if (this.limit !== before) this.changed?.()
  }

  override free(place: Place, cost: number): void {
    super.free(undefined, cost)
    if (place >= 0) this.#learner?.free(place)
  }

  credit(): number {
    if (this.#heldOffUntil > 0 && this.#heldOffUntil > this.#clock.now()) return 0
    return Math.max(0, Math.floor(this.limit - this.inUse))
  }

  refusal(): Refusal {
    const wait = this.#heldOffUntil === 0 ? 0 : this.#heldOffUntil - this.#clock.now()
    const { limit, inUse } = this
    return { reason: 'limit', gate: this.name, retryAfterMs: Math.max(0, Math.ceil(wait)), final: false, limit, inUse }
  }

  set({ limit, min, max, holdOff }: LimitSettings): void {
    const holdOffMs = holdOff === undefined ? undefined : milliseconds('holdOff', holdOff)
    const isAdaptive = limit === undefined ? this.#isAdaptive : isLearning(limit)
    if (!isAdaptive && (min ?? max) !== undefined) {
      throw new RangeError(`min, max: expected an adaptive limit, got ${this.limit}`)
    }
    if (isAdaptive)
      this.#learn(limit as Adaptive | undefined, {
        ...(min !== undefined && { min }),
        ...(max !== undefined && { max }),
      })
    else if (limit !== undefined) this.limit = checkInteger('limit', limit, 0)
    this.#isAdaptive = isAdaptive
    if (holdOffMs !== undefined) this.#heldOffUntil = holdOffMs === 0 ? 0 : this.#clock.now() + holdOffMs
    this.changed?.()
  }

  inspect(): Pick<GateInspection, 'state' | 'limit' | 'unit' | 'adaptive'> {
    return {
      state: this.credit() > 0 ? 'free' : 'full',
      limit: this.limit,
      unit: 'permits',
      ...(this.#isAdaptive && { adaptive: this.#learner?.inspect() as AdaptiveInspection }),
    }
  }

  /** Goes on learning, with other bounds or another algorithm. */
  #learn(adaptive: Adaptive | undefined, bounds: LimitBounds): void {
    const learner = this.#learner ?? (adaptive as Adaptive).learner(this.#clock)
    learner.set(bounds, this.#learner === undefined ? undefined : adaptive)
    this.#learner = learner
    this.limit = learner.limit
  }
}

function isLearning(limit: number | Adaptive): limit is Adaptive {
  return typeof (limit as Partial<Adaptive> | null)?.learner === 'function'
}
