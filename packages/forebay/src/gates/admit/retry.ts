import type { Clock } from '../../kernel/clock.ts'
import type { Gate } from '../../kernel/gate.ts'
import type { BackoffOptions } from './backoff.ts'
import { budget } from './budget.ts'
import type { Budget } from './budget.ts'

export interface RetryOptions {
  /** Tries beyond the first. */
  max: number
  /** What may be spent on retries; default one budget of `budget()` for each gate. */
  budget?: Budget
  backoff?: BackoffOptions
  /** Whether an error is worth another try; default any but a cancellation and a condition that is marked as lasting. */
  on?: (error: unknown, attempt: number) => boolean
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
