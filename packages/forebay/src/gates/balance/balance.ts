import { systemClock } from '../../kernel/clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import { show } from '../../kernel/check.ts'
import type { Gate } from '../../kernel/gate.ts'
import { systemRandom } from '../../kernel/random.ts'
import type { Random } from '../../kernel/random.ts'
import { admit } from '../admit/admit.ts'
import type { AdmitOptions } from '../admit/admit.ts'
import type { Call } from '../admit/call.ts'
import { partOf } from '../all.ts'
import { unlimited } from '../ask.ts'
import { limit } from '../limit/limit.ts'
import { workLine } from '../line/line-options.ts'
import type { LineOptions } from '../line/line-options.ts'
import { PartGate } from '../part-gate.ts'
import { BalancePart } from './balance-part.ts'
import type { BalanceTicket } from './balance-part.ts'
import type { BalanceSettings } from './balance-options.ts'
import { TargetState } from './target-state.ts'

/** One of several places that can do the same work; what else it holds is yours. */
export interface Target {
  /** Unique among the targets of a balancer. */
  readonly name: string
  /** What the target can take: a limit, a rate, a breaker, or several as `all`. Default nothing holds it back. */
  readonly gate?: Gate
}

export interface BalanceOptions extends BalanceSettings {
  /** The one line in front of all targets: a waiter goes to whichever takes work first. Default as for `limit`. */
  line?: number | LineOptions
  /** Shown in sheds and inspections; default `'balance'`. */
  name?: string
  clock?: Clock
  random?: Random
}

/** A target as it stands. */
export interface TargetView {
  readonly name: string
  /** Pieces of work that run there. */
  readonly outstanding: number
  readonly admitted: number
  readonly failed: number
  /** What a call takes, bad news first (peak EWMA); `undefined` before the first has ended. */
  readonly latencyMs: number | undefined
  /** Milliseconds until it comes back; 0 when it is not out. */
  readonly ejectedForMs: number
}

/**
 * A gate in front of several targets, each with its own gate: a permit is a permit of one of them, and names it (`permit.target`).
 *
 * Targets that fail too often are taken out for a while, though never all; one that is added or comes back is given work a little at a time.
 * Throws `RangeError` for names used twice and options out of range, `TypeError` for gates that were not made by this package.
 */
export function balance<T extends Target>(targets: readonly T[], options: BalanceOptions = {}): Balancer<T> {
  return new Balancer(targets, options)
}

export class Balancer<T extends Target> extends PartGate<BalanceTicket<T>> {
  readonly #balance: BalancePart<T>
  #isReady = false

  constructor(targets: readonly T[], options: BalanceOptions) {
    const { line, name = 'balance', clock = systemClock, random = systemRandom, ...settings } = options
    const part = new BalancePart<T>(name, settings, clock, random)
    super(part, clock, line, () => workLine(part.inspect().limit))
    this.#balance = part
    for (const target of targets) this.add(target)
    this.#isReady = true
    this.set({}) // the line goes by what the targets take together
  }

  /** Calls `work` with the target that was chosen for it; everything else as for `admit`. A retry or a hedge goes to another target, if one is free. */
  call<R>(work: (target: T, call: Call) => R | PromiseLike<R>, options?: AdmitOptions<R>): Promise<R> {
    return admit(this, (call) => work(call.target as T, call), options)
  }

  /** Sends work there from now on, a little at first. */
  add(target: T): void {
    const { name, gate } = target
    if (typeof name !== 'string') throw new TypeError(`targets: expected each to have a name, got ${show(name)}`)
    if (this.#balance.states.some((state) => state.name === name)) {
      throw new RangeError(`targets: expected different names, got ${show(name)} twice`)
    }
    const part = partOf(gate ?? limit(unlimited, { clock: this.clock }), `targets.${name}.gate`)
    if (this.#balance.states.some((state) => state.part === part)) {
      throw new RangeError(`targets.${name}.gate: expected a gate of its own, got that of another target`)
    }
    this.#balance.add(new TargetState(target, name, part, this.#isReady ? this.clock.now() : -Infinity))
  }

  /** Sends no more work there. Resolves when what runs there has ended. Throws `RangeError` for a name that is not there. */
  remove(name: string): Promise<void> {
    const state = this.#balance.states.find((each) => each.name === name)
    if (state === undefined) throw new RangeError(`remove: expected the name of a target, got ${show(name)}`)
    this.#balance.remove(state)
    return new Promise((resolve) => {
      state.onDrained = resolve
      if (state.outstanding === 0) resolve()
    })
  }

  /** The targets that work is sent to, in the order in which they were added. */
  get targets(): readonly TargetView[] {
    const now = this.clock.now()
    return this.#balance.states.map((state) => ({
      name: state.name,
      outstanding: state.outstanding,
      admitted: state.part.admitted,
      failed: state.failed,
      latencyMs: state.latencyMs(now),
      ejectedForMs: Math.max(0, state.ejectedUntil - now),
    }))
  }

  override set(settings: BalanceSettings & { readonly line?: number | LineOptions }): void {
    super.set(settings)
  }
}
