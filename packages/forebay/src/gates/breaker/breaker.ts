import { systemClock } from '../../kernel/clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Gate, GateInspection, PermitOutcome } from '../../kernel/gate.ts'
import { checkOneOf } from '../../kernel/check.ts'
import { unlimited } from '../ask.ts'
import { noLine } from '../line/line-options.ts'
import { PartGate } from '../part-gate.ts'
import type { Part, Refusal } from '../part.ts'
import { UseCount } from '../use-count.ts'
import { Watched } from '../watched.ts'
import { breakerRules } from './breaker-options.ts'
import type { BreakerRules, BreakerSettings } from './breaker-options.ts'
import { closed, elapsed, forced, opened } from './breaker-state.ts'
import type { BreakerState, HalfOpen } from './breaker-state.ts'
import { CALLS, CallWindow, FAILURES, SLOW, timeWindow } from './outcome-window.ts'
import type { OutcomeWindow } from './outcome-window.ts'

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
  return new PartGate(new BreakerPart(options, clock), clock, undefined, () => noLine)
}

/** What a permit remembers: the state it was given in and, if slowness counts, when. */
interface Trial {
  readonly state: BreakerState
  readonly since: number
}

class BreakerPart extends Watched implements Part<BreakerState | Trial> {
  readonly kind = 'breaker'
  readonly name: string
  readonly rank = 2
  readonly perKey = false
  readonly holdsNothing = false
  admitted = 0
  readonly #clock: Clock
  readonly #use = new UseCount()
  #settings: BreakerSettings
  #rules: BreakerRules
  #window: OutcomeWindow
  #state: BreakerState = closed()

  constructor(options: BreakerOptions, clock: Clock) {
    super()
    const { name = 'breaker', clock: _, ...settings } = options
    this.name = name
    this.#clock = clock
    this.#settings = settings
    this.#rules = breakerRules(settings)
    this.#window = windowOf(this.#rules)
    this.#force(settings.forced)
  }

  get inUse(): number {
    return this.#use.cost
  }

  waitMs(): number {
    const state = this.#look()
    switch (state.kind) {
      case 'closed':
      case 'forced-closed':
        return 0
      case 'open':
        return state.until - this.#clock.now()
      case 'half-open':
        return this.#probesLeft(state) > 0 ? 0 : Math.max(0, state.lostAt - this.#clock.now())
      case 'forced-open':
        return Infinity
    }
  }

  enter(cost: number): BreakerState | Trial {
    const state = this.#state
    this.admitted++
    this.#use.enter(cost)
    if (state.kind === 'half-open') {
      state.out++
      state.lostAt = this.#clock.now() + this.#rules.openForMs
    }
    return this.#rules.slowMs === Infinity ? state : { state, since: this.#clock.now() }
  }

  settle(_ticket: unknown, from: number, to: number): void {
    this.#use.correct(from, to)
  }

  learn(ticket: BreakerState | Trial, outcome: PermitOutcome): void {
    const state = this.#look()
    if (('since' in ticket ? ticket.state : ticket) !== state) return
    const failed = outcome === 'fail' || outcome === 'drop'
    const slow = 'since' in ticket && outcome !== 'ignore' && this.#clock.now() - ticket.since >= this.#rules.slowMs
    if (state.kind === 'half-open') this.#judgeProbe(state, outcome === 'ignore' ? undefined : !failed && !slow)
    else if (state.kind === 'closed' && outcome !== 'ignore') this.#judgeCall(state, failed, slow)
  }

  free(_ticket: unknown, cost: number): void {
    this.#use.leave(cost)
  }

  credit(): number {
    const state = this.#look()
    if (state.kind === 'half-open') return this.#probesLeft(state)
    return state.kind === 'open' || state.kind === 'forced-open' ? 0 : unlimited
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
    if (isOtherWindow) this.#window = windowOf(rules)
  }

  inspect(): Pick<GateInspection, 'state' | 'limit' | 'unit'> {
    const { kind } = this.#look()
    const state = kind.replace('forced-', '') as 'open' | 'closed' | 'half-open'
    return { state, limit: kind === 'half-open' ? this.#rules.probes : unlimited, unit: 'permits' }
  }

  /** The state as of now. */
  #look(): BreakerState {
    const state = this.#state
    if (state.kind === 'open' || state.kind === 'half-open') {
      this.#state = elapsed(state, this.#clock.now(), this.#rules)
    }
    return this.#state
  }

  #probesLeft(state: HalfOpen): number {
    return Math.max(0, this.#rules.probes - state.out - state.passed)
  }

  #judgeProbe(state: HalfOpen, passed: boolean | undefined): void {
    state.out--
    if (passed === false) {
      this.#state = opened(state, this.#clock.now(), this.#rules)
    } else if (passed === true && ++state.passed >= this.#rules.probes) {
      this.#window.clear()
      this.#state = closed()
    }
  }

  #judgeCall(state: { readonly kind: 'closed'; failuresInARow: number }, failed: boolean, slow: boolean): void {
    const rules = this.#rules
    const now = rules.windowMs === 0 ? 0 : this.#clock.now()
    const window = this.#window
    window.add(CALLS, 1, now)
    if (failed) window.add(FAILURES, 1, now)
    if (slow) window.add(SLOW, 1, now)
    state.failuresInARow = failed ? state.failuresInARow + 1 : 0
    const calls = window.total(CALLS, now)
    const tooMany =
      state.failuresInARow >= rules.consecutive ||
      (calls >= rules.min &&
        (reaches(window.total(FAILURES, now), rules.failureRate, calls) ||
          reaches(window.total(SLOW, now), rules.slowRate, calls)))
    if (tooMany) this.#state = opened(state, this.#clock.now(), rules)
  }

  #force(to: BreakerSettings['forced']): void {
    if (to === undefined) return
    if (to !== false) checkOneOf('forced', to, ['open', 'closed'])
    this.#window.clear()
    this.#state = to === false ? closed() : forced(to)
  }
}

/** Whether `count` is `rate` of `calls` or more; none at all never is. */
function reaches(count: number, rate: number, calls: number): boolean {
  return count > 0 && count >= rate * calls
}

function windowOf(rules: BreakerRules): OutcomeWindow {
  return rules.windowCalls > 0 ? new CallWindow(rules.windowCalls) : timeWindow(rules.windowMs)
}
