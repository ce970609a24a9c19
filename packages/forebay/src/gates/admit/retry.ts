import { checkInteger } from '../../kernel/check.ts'
import type { Clock } from '../../kernel/clock.ts'
import { isForebayError } from '../../kernel/errors.ts'
import type { ForebayError } from '../../kernel/errors.ts'
import type { Gate } from '../../kernel/gate.ts'
import type { Random } from '../../kernel/random.ts'
import { backoffMs } from './backoff.ts'
import type { BackoffOptions } from './backoff.ts'
import { budget } from './budget.ts'
import type { Budget } from './budget.ts'
import type { AdmittedCall } from './call.ts'
import { pause } from './pause.ts'

export interface RetryOptions {
  /** Tries beyond the first. */
  max: number
  /** What may be spent on retries; default one budget of `budget()` for each gate. */
  budget?: Budget
  backoff?: BackoffOptions
  /** Whether an error is worth another try; default any but a cancellation and a condition that is marked as lasting. */
  on?: (error: unknown, attempt: number) => boolean
}

/**
 * When and whether to try again. A retry costs budget, asks the gate anew at one level lower, and never
 * comes before the time that the other side, or our own gate, asked for.
 */
export class RetryPlan {
  readonly #options: RetryOptions
  readonly #budget: Budget
  readonly #clock: Clock
  readonly #random: Random

  constructor(options: RetryOptions, gate: Gate, clock: Clock, random: Random) {
    checkInteger('retry.max', options.max, 0, 1000)
    this.#options = options
    this.#budget = options.budget ?? budgetOf(gate, clock)
    this.#clock = clock
    this.#random = random
  }

  /** Earns budget with a first try. */
  begin(): void {
    this.#budget.earn()
  }

  /** Whether `error` may be tried again at all, budget apart. */
  wants(error: unknown, attempt: number): boolean {
    if (attempt > this.#options.max || isForebayError(error, 'FOREBAY_CANCELLED')) return false
    const { on } = this.#options
    return on === undefined ? !isForebayError(error) || (error as ForebayError).retryable : on(error, attempt)
  }

  /** Whether a value that was judged a failure may be tried for again. */
  wantsBetter(call: AdmittedCall): boolean {
    return call.attempt <= this.#options.max && (call.outcome === 'fail' || call.outcome === 'drop')
  }

  /** Pauses until the next try may start; false when there is no budget or the deadline comes first. */
  async again(call: AdmittedCall, deadline: number, signal: AbortSignal | undefined): Promise<boolean> {
    const ms = call.retryAfterMs + backoffMs(this.#options.backoff ?? {}, call.attempt, this.#random)
    if (this.#clock.now() + ms >= deadline || !this.#budget.take()) return false
    await pause(this.#clock, ms, signal)
    return true
  }
}

const budgets = new WeakMap<Gate, Budget>()

/** The budget that all calls through `gate` share when they name no other. */
export function budgetOf(gate: Gate, clock: Clock): Budget {
  let own = budgets.get(gate)
  if (own === undefined) budgets.set(gate, (own = budget({ clock })))
  return own
}

/** The common budget of `gate`, if anything was ever done again through it. */
export function knownBudget(gate: Gate): Budget | undefined {
  return budgets.get(gate)
}
