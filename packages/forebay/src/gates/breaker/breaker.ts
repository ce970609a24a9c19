import { systemClock } from '../../kernel/clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Gate, GateInspection, PermitOutcome } from '../../kernel/gate.ts'
import { checkOneOf } from '../../kernel/check.ts'
import { unlimited } from '../ask.ts'
import { Holding } from '../holding.ts'
import { neverWaits } from '../line/line-options.ts'
import { PartGate } from '../part-gate.ts'
import type { Part, Refusal } from '../part.ts'
import type { SlidingCounts } from '../sliding-counts.ts'
import { atTurnEnd, isRush, turnTime } from '../turn-time.ts'
import type { Hasty } from '../turn-time.ts'
import { breakerRules } from './breaker-options.ts'
import type { BreakerRules, BreakerSettings } from './breaker-options.ts'
import { closed, elapsed, opened } from './breaker-state.ts'
import type { BreakerState, Closed, HalfOpen } from './breaker-state.ts'
import { CALLS, FAILURES, outcomeWindow, SLOW } from './outcome-window.ts'

export interface BreakerOptions extends BreakerSettings {
  /** Shown in sheds and inspections; default `'breaker'`. */
  name?: string
  clock?: Clock
}

/**
 * A gate that closes off work which keeps failing: closed (it lets everything through and counts), open
 * (it refuses at once, saying for how long), half-open (exactly `probes` permits go through).
 *
 * `release('fail')` and `release('drop')` count as failures, `release('ok')` as success, `release('ignore')` as
 * nothing. A permit given in an earlier state teaches nothing, whatever its outcome; a probe that has not come back
 * after `openFor` counts as failed, so that a lost permit cannot hold the breaker half-open. It sets no timer.
 * Throws `RangeError` for rates outside 0–1 and times that are not positive.
 */
export function breaker(options: BreakerOptions = {}): Gate & { set(settings: BreakerSettings): void } {
  const clock = options.clock ?? systemClock
  return new PartGate(new BreakerPart(options, clock), clock, undefined, neverWaits)
}

/** What a permit remembers: the state it was given in and, if slowness counts, when. */
interface Trial {
  readonly state: BreakerState
  readonly since: number
}

/** Successes that may be counted before the time is read again. */
const mostUnread = 256

class BreakerPart extends Holding implements Part<BreakerState | Trial>, Hasty {
  readonly kind = 'breaker'
  readonly name: string
  readonly rank = 2
  readonly perKey = false
  readonly holdsNothing = false
  readonly #clock: Clock
  #settings: BreakerSettings
  #rules: BreakerRules
  #window: SlidingCounts
  #state: BreakerState = closed()
  /** Held by hand: outcomes change nothing. */
  #isForced = false
  /** Calls that the window has counted, where it is one of calls. */
  #calls = 0
  /** While it is closed: successes that may be counted without a reading of the time, and how many that were at the last: the rest is not in the window yet. */
  #left = 0
  #lent = 0

  constructor(options: BreakerOptions, clock: Clock) {
    super()
    const { name = 'breaker', clock: _, ...settings } = options
    this.name = name
    this.#clock = clock
    this.#settings = settings
    this.#rules = breakerRules(settings)
    this.#window = outcomeWindow(this.#rules)
    this.#force(settings.forced)
  }

  waitMs(): number {
    const state = this.#look()
    if (state.kind === 'open') return state.until - this.#clock.now()
    if (state.kind === 'half-open' && this.#probesLeft(state) === 0)
      return Math.max(0, state.lostAt - this.#clock.now())
    return 0
  }

  enter(cost: number): BreakerState | Trial {
    const state = this.#state
    this.entered(cost)
    if (state.kind === 'half-open') {
      state.out++
      state.lostAt = this.#clock.now() + this.#rules.openForMs
    }
    return this.#rules.slowMs === Infinity ? state : { state, since: this.#clock.now() }
  }

  learn(ticket: BreakerState | Trial, outcome: PermitOutcome): void {
    if (this.#left > 0 && outcome === 'ok' && ticket === this.#state) {
      this.#left--
      ;(ticket as Closed).failuresInARow = 0
      return
    }
    const state = this.#look()
    if (this.#isForced || (ticket !== state && (ticket as Trial).state !== state)) return
    const failed = outcome === 'fail' || outcome === 'drop'
    const slow = 'since' in ticket && outcome !== 'ignore' && this.#clock.now() - ticket.since >= this.#rules.slowMs
    if (state.kind === 'half-open') this.#judgeProbe(state, outcome === 'ignore' ? undefined : !failed && !slow)
    else if (state.kind === 'closed' && outcome !== 'ignore') this.#judgeCall(state, failed, slow)
    if (this.#state !== state) this.changed?.()
  }

  credit(): number {
    const state = this.#look()
    if (state.kind === 'half-open') return this.#probesLeft(state)
    return state.kind === 'open' ? 0 : unlimited
  }

  refusal(): Refusal {
    const wait = this.waitMs()
    return { reason: 'open', gate: this.name, retryAfterMs: wait === Infinity ? 0 : Math.ceil(wait), final: wait > 0 }
  }

  set(settings: BreakerSettings): void {
    const merged = { ...this.#settings, ...settings }
    const rules = breakerRules(merged)
    const isOtherWindow = rules.windowMs !== this.#rules.windowMs || rules.windowCalls !== this.#rules.windowCalls
    this.#force(settings.forced)
    this.#settings = merged
    this.#rules = rules
    if (isOtherWindow) this.#window = outcomeWindow(rules)
  }

  inspect(): Pick<GateInspection, 'state' | 'limit' | 'unit'> {
    const { kind: state } = this.#look()
    return { state, limit: state === 'half-open' ? this.#rules.probes : unlimited, unit: 'permits' }
  }

  /** The state as of now. */
  #look(): BreakerState {
    const state = this.#state
    if (state.kind !== 'open' && state.kind !== 'half-open') return state
    return (this.#state = elapsed(state, this.#clock.now(), this.#rules))
  }

  #probesLeft(state: HalfOpen): number {
    return Math.max(0, this.#rules.probes - state.out - state.passed)
  }

  #judgeProbe(state: HalfOpen, passed: boolean | undefined): void {
    state.out--
    if (passed === false) {
      this.#state = opened(state, this.#clock.now(), this.#rules)
    } else if (passed === true && ++state.passed >= this.#rules.probes) {
      this.#clear()
      this.#state = closed()
    }
  }

  #judgeCall(state: Closed, failed: boolean, slow: boolean): void {
    const rules = this.#rules
    const clock = this.#clock === systemClock ? turnTime : this.#clock
    const now = rules.windowMs === 0 ? ++this.#calls : clock.now()
    const window = this.#window
    this.#countUnread(now)
    window.add(CALLS, 1, now)
    if (failed) window.add(FAILURES, 1, now)
    if (slow) window.add(SLOW, 1, now)
    state.failuresInARow = failed ? state.failuresInARow + 1 : 0
    const calls = window.total(CALLS, now)
    const isEnough = calls >= rules.min
    const tooMany =
      state.failuresInARow >= rules.consecutive ||
      (isEnough &&
        (reaches(window.total(FAILURES, now), rules.failureRate, calls) ||
          reaches(window.total(SLOW, now), rules.slowRate, calls)))
    if (tooMany) this.#state = opened(state, this.#clock.now(), rules)
    else if (isEnough && clock === turnTime && rules.windowMs > 0 && isRush()) {
      // Enough calls are counted, so a success more can only lower the rates: it need not be judged at once.
      this.#left = this.#lent = mostUnread
      atTurnEnd(this)
    }
  }

  turnEnded(now: number): void {
    this.#countUnread(now)
  }

  #countUnread(now: number): void {
    const unread = this.#lent - this.#left
    this.#lent = this.#left = 0
    if (unread > 0) this.#window.add(CALLS, unread, now)
  }

  #clear(): void {
    this.#lent = this.#left = 0
    this.#window.clear()
  }

  #force(to: BreakerSettings['forced']): void {
    if (to === undefined) return
    if (to !== false) checkOneOf('forced', to, ['open', 'closed'])
    this.#clear()
    this.#isForced = to !== false
    this.#state = to === 'open' ? { kind: 'open', until: Infinity, opens: 0 } : closed()
  }
}

/** Whether `count` is `rate` of `calls` or more; none at all never is. */
function reaches(count: number, rate: number, calls: number): boolean {
  return count > 0 && count >= rate * calls
}
