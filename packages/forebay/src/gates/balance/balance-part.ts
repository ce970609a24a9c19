import type { Clock } from '../../kernel/clock.ts'
import type { Ask, GateInspection, PermitOutcome } from '../../kernel/gate.ts'
import type { Random } from '../../kernel/random.ts'
import { unlimited } from '../ask.ts'
import { follow } from '../follow.ts'
import { Holding } from '../holding.ts'
import { inspectPart } from '../inspect-part.ts'
import type { Part, Refusal } from '../part.ts'
import type { Watcher } from '../watched.ts'
import { balanceRules } from './balance-options.ts'
import type { BalanceRules, BalanceSettings } from './balance-options.ts'
import { choose } from './choose.ts'
import type { TargetState } from './target-state.ts'

/** A piece of work at one target. */
export interface BalanceTicket<T> {
  readonly state: TargetState<T>
  readonly ticket: unknown
  readonly since: number
}

const shownTargets = 20

/** Several targets, each behind a gate of its own, as one part: work goes to one of those that would take it now. */
export class BalancePart<T> extends Holding implements Part<BalanceTicket<T>> {
  readonly kind = 'balance'
  readonly name: string
  readonly rank = 3
  readonly holdsNothing = false
  rules: BalanceRules
  readonly states: TargetState<T>[] = [] // bounded by the targets that were given
  readonly #clock: Clock
  readonly #random: Random
  readonly #watchers = new Set<Watcher>() // bounded by the gates in front of it
  readonly #unfollow = new Map<TargetState<T>, () => void>() // one for each state
  #settings: BalanceSettings
  #eligible: readonly TargetState<T>[] = []
  /** When one that is out comes back. */
  #staleAt = -Infinity
  #typicalMs = 0
  #changed: TargetState<T> | undefined = undefined

  constructor(name: string, settings: BalanceSettings, clock: Clock, random: Random) {
    super()
    this.name = name
    this.#settings = settings
    this.rules = balanceRules(settings)
    this.#clock = clock
    this.#random = random
  }

  get perKey(): boolean {
    return this.states.some(({ part }) => part.perKey)
  }

  add(state: TargetState<T>): void {
    this.states.push(state)
    this.#unfollow.set(
      state,
      follow(state.part, () => this.changed?.()),
    )
    for (const watcher of this.#watchers) state.part.watch(watcher)
    this.#staleAt = -Infinity
    for (const watcher of Array.from(this.#watchers)) watcher.pump() // which may leave and join again
  }

  /** Sends nothing there any more. What runs there goes on. */
  remove(state: TargetState<T>): void {
    this.states.splice(this.states.indexOf(state), 1)
    this.#unfollow.get(state)?.()
    this.#unfollow.delete(state)
    for (const watcher of this.#watchers) state.part.unwatch(watcher)
    this.#staleAt = -Infinity
  }

  waitMs(cost: number, ask: Ask, ahead: number): number {
    const now = this.#clock.now()
    let least = Infinity
    for (const state of this.#look(now)) {
      const wait = this.#waitAt(state, cost, ask, ahead, now)
      if (wait === 0) return 0
      least = Math.min(least, wait)
    }
    // One that is out may be the first to take work again.
    return Math.min(least, Math.max(1, this.#staleAt - now))
  }

  withhold(cost: number, ask: Ask): void {
    for (const { part } of this.#look(this.#clock.now())) part.withhold?.(cost, ask)
  }

  enter(cost: number, ask: Ask): BalanceTicket<T> {
    const now = this.#clock.now()
    const state = this.#choose(cost, ask, now)
    this.entered(cost)
    state.outstanding++
    return { state, ticket: state.part.enter(cost, ask), since: now }
  }

  targetOf({ state, ticket }: BalanceTicket<T>): unknown {
    return state.part.targetOf?.(ticket) ?? state.target
  }

  override settle({ state, ticket }: BalanceTicket<T>, from: number, to: number): void {
    this.#changed = state
    super.settle(undefined, from, to)
    state.part.settle(ticket, from, to)
  }

  learn({ state, ticket, since }: BalanceTicket<T>, outcome: PermitOutcome): void {
    const now = this.#clock.now()
    this.#changed = state
    state.part.learn(ticket, outcome)
    state.timed(now - since, outcome, now, this.rules.penaltyMs)
    if (outcome === 'ok') this.#typicalMs += 0.05 * (now - since - this.#typicalMs)
    const { eject } = this.rules
    if (eject === undefined || state.onDrained !== undefined) return
    const isBad = state.judged(outcome, now, eject, () => this.#othersRate(state, now))
    if (!isBad || this.#look(now).length <= this.#fewestIn(eject.maxShare)) return
    if (state.ejectedUntil > now) return // it failed once more while it was out
    state.eject(now, eject)
    this.#staleAt = -Infinity
  }

  override free({ state, ticket }: BalanceTicket<T>, cost: number): void {
    this.#changed = state
    super.free(undefined, cost)
    state.outstanding--
    state.part.free(ticket, cost)
    if (state.outstanding === 0) state.onDrained?.()
  }

  credit(): number {
    let sum = 0
    for (const state of this.#look(this.#clock.now())) sum = Math.min(unlimited, sum + state.part.credit())
    return sum
  }

  /** Waiting makes no sense only when it makes none at every target. */
  refusal(cost: number, ask: Ask): Refusal {
    const all = this.#look(this.#clock.now()).map(({ part }) => part.refusal(cost, ask))
    const [first] = all
    if (first === undefined) return { reason: 'limit', gate: this.name, retryAfterMs: 0, final: false }
    const known = all.filter(({ retryAfterMs }) => retryAfterMs > 0).map(({ retryAfterMs }) => retryAfterMs)
    return {
      reason: (all.find(({ final }) => !final) ?? first).reason,
      gate: this.name,
      retryAfterMs: known.length === 0 ? 0 : Math.min(...known),
      final: all.every(({ final }) => final),
    }
  }

  override watch(watcher: Watcher): void {
    this.#watchers.add(watcher)
    for (const { part } of this.states) part.watch(watcher)
  }

  override unwatch(watcher: Watcher): void {
    this.#watchers.delete(watcher)
    for (const { part } of this.states) part.unwatch(watcher)
  }

  override notify(): void {
    const changed = this.#changed
    this.#changed = undefined
    changed?.part.notify()
  }

  set(settings: BalanceSettings): void {
    const merged = { ...this.#settings, ...settings }
    this.rules = balanceRules(merged)
    this.#settings = merged
  }

  inspect(): Pick<GateInspection, 'state' | 'limit' | 'unit' | 'parts'> {
    const shown = this.states.slice(0, shownTargets)
    let limit = 0
    for (const { part } of this.states) {
      const own = part.inspect()
      limit = Math.min(unlimited, limit + (own.unit === 'permits' ? own.limit : unlimited))
    }
    const parts = shown.map((state) => inspectPart(state.part, state.name))
    return { state: this.credit() > 0 ? 'free' : 'full', limit, unit: 'permits', parts }
  }

  /** Those that are not out, as of now. */
  #look(now: number): readonly TargetState<T>[] {
    if (now < this.#staleAt) return this.#eligible
    let next = Infinity
    this.#eligible = this.states.filter((state) => {
      if (state.ejectedUntil > now) next = Math.min(next, state.ejectedUntil)
      else if (state.ejectedUntil > state.warmSince) state.comeBack(now)
      return state.ejectedUntil <= now
    })
    this.#staleAt = next
    return this.#eligible
  }

  #choose(cost: number, ask: Ask, now: number): TargetState<T> {
    const targets = this.#look(now)
    const isFree = (state: TargetState<T>): boolean => this.#waitAt(state, cost, ask, 0, now) === 0
    const choice = { targets, random: this.#random, now, typicalMs: this.#typicalMs, isFree }
    const { avoid } = ask
    const fresh = avoid === undefined ? targets : targets.filter(({ target }) => target !== avoid)
    const found = fresh.length < targets.length ? choose(this.rules.pick, { ...choice, targets: fresh }) : undefined
    return (found ?? choose(this.rules.pick, choice)) as TargetState<T>
  }

  #waitAt(state: TargetState<T>, cost: number, ask: Ask, ahead: number, now: number): number {
    const wait = state.part.waitMs(cost, ask, ahead)
    if (wait === Infinity || state.warmSince === -Infinity) return wait
    return Math.max(wait, state.warmWaitMs(this.#othersMean(state, now), now, this.rules))
  }

  /** Work outstanding at the others, each; `Infinity` when there are none, so that nobody warms up alone. */
  #othersMean(state: TargetState<T>, now: number): number {
    let others = 0
    let sum = 0
    for (const other of this.#look(now)) {
      if (other === state || now - other.warmSince < this.rules.slowStartMs) continue
      others++
      sum += other.outstanding
    }
    return others === 0 ? Infinity : sum / others
  }

  /** Share of the calls to all others that failed: where everything fails, nobody is the odd one out. */
  #othersRate(state: TargetState<T>, now: number): number {
    let calls = 0
    let failures = 0
    for (const other of this.states) {
      if (other === state) continue
      calls += other.callsLately(now)
      failures += other.failuresLately(now)
    }
    return calls === 0 ? 0 : failures / calls
  }

  #fewestIn(maxShare: number): number {
    const count = this.states.length
    const mayBeOut = maxShare === 0 ? 0 : Math.max(1, Math.floor(maxShare * count))
    return Math.max(1, count - mayBeOut)
  }
}
