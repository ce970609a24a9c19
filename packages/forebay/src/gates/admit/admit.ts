import { systemClock } from '../../kernel/clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Duration } from '../../kernel/duration.ts'
import type { Ask, Gate } from '../../kernel/gate.ts'
import type { Random } from '../../kernel/random.ts'
import { PartGate } from '../part-gate.ts'
import { Admission } from './admission.ts'
import { attempt } from './attempt.ts'
import type { Work } from './call.ts'
import type { Classify } from './classify.ts'
import type { Coalesce } from './coalesce.ts'
import type { Fallback } from './fallback.ts'
import type { Hedge } from './hedge.ts'
import type { RetryOptions } from './retry.ts'

export interface AdmitOptions<T> extends Ask {
  /** How long each try may run once it is admitted. The caller is told then; the permit stays with the work until that ends. */
  timeout?: Duration
  retry?: RetryOptions
  /** Starts another copy of a try that takes unusually long: `hedge({ after: 'p95' })`, one for all calls to the same place. */
  hedge?: Hedge
  /** Shares one call among callers of the same `key`: `coalesce()`, one for each kind of call. */
  coalesce?: Coalesce<T>
  /** What to give instead of an error: a function of the error, `fallbackTo(value)` or `lastGood()`. A caller that aborts gets none. */
  fallback?: Fallback<T> | ((error: unknown) => T | PromiseLike<T>)
  /** What an end says about the gate; default: an error is a failure, but for what was shed or cancelled on our side. */
  classify?: Classify<T>
  /** Default the clock of the gate. */
  clock?: Clock
  random?: Random
}

/**
 * Does `work` behind `gate`: waits for a permit, runs, returns the permit with the outcome, tries again within a budget,
 * and falls back. Rejects with `Shed` when the gate refuses, with `FOREBAY_TIMEOUT` when a try takes longer than `timeout` or than the
 * `deadline` leaves, with `FOREBAY_CANCELLED` when `signal` aborts, and with whatever the work rejects with.
 *
 * The permit outlives the timeout: it is released when the work has settled, so the gate's count stays true (`stats.zombies`
 * tells how many callers have gone before their work).
 */
export function admit<T>(gate: Gate, work: Work<T>, options?: AdmitOptions<T>): Promise<T> {
  if (options === undefined) return attempt(gate, work)
  if (options.coalesce !== undefined) {
    const { coalesce, ...own } = options
    return coalesce.share({ gate, work, options: own, clock: clockOf(gate, options), admit })
  }
  const { timeout, retry, hedge, fallback, deadline, signal } = options
  if ((timeout ?? retry ?? hedge ?? fallback ?? deadline ?? signal) === undefined) {
    return attempt(gate, work, options)
  }
  const admission = new Admission(gate, work, options, clockOf(gate, options))
  return fallback === undefined ? admission.begin() : fallBack(admission, fallback, options)
}

async function fallBack<T>(
  admission: Admission<T>,
  fallback: Exclude<AdmitOptions<T>['fallback'], undefined>,
  { key, signal }: AdmitOptions<T>,
): Promise<T> {
  try {
    const value = await admission.begin()
    if (typeof fallback === 'object' && admission.last.outcome === 'ok') fallback.put?.(key, value)
    return value
  } catch (error) {
    if (signal?.aborted === true) throw error
    return await (typeof fallback === 'function' ? fallback(error) : fallback.get(error, key))
  }
}

function clockOf(gate: Gate, options: { readonly clock?: Clock }): Clock {
  return options.clock ?? (gate instanceof PartGate ? gate.clock : systemClock)
}
