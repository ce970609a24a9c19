import { systemClock } from '../../kernel/clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Duration } from '../../kernel/duration.ts'
import type { Ask, Gate, Level } from '../../kernel/gate.ts'
import { systemRandom } from '../../kernel/random.ts'
import type { Random } from '../../kernel/random.ts'
import { levelOf } from '../ask.ts'
import { PartGate } from '../part-gate.ts'
import { attempt, timedAttempt } from './attempt.ts'
import { AdmittedCall } from './call.ts'
import type { Work } from './call.ts'
import { retryAfterOf } from './classify.ts'
import type { Classify } from './classify.ts'
import type { Coalesce } from './coalesce.ts'
import type { Fallback } from './fallback.ts'
import type { Hedge } from './hedge.ts'
import { RetryPlan } from './retry.ts'
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
  if (options === undefined) return attempt(gate, work, undefined, undefined, undefined)
  const call = new AdmittedCall(1, options.deadline, options.signal)
  if (options.coalesce !== undefined) {
    const { coalesce, ...own } = options
    return coalesce.share({ gate, work, options: own, clock: clockOf(gate, options), admit })
  }
  if (options.fallback !== undefined) return persist(gate, work, options, call)
  // Not through `persist`: an asynchronous frame that has nothing to do is an eighth of what such a call costs.
  if (options.retry !== undefined) return retry(gate, work, options, options.retry, call)
  return tryOnce(gate, work, options, options, call)
}

function tryOnce<T>(gate: Gate, work: Work<T>, ask: Ask, options: AdmitOptions<T>, call: AdmittedCall): Promise<T> {
  const { timeout, deadline, signal, classify } = options
  if (options.hedge !== undefined) {
    return options.hedge.run({ gate, work, ask, options, call, clock: clockOf(gate, options) })
  }
  if (timeout === undefined && deadline === undefined && signal === undefined) {
    return attempt(gate, work, ask, call, classify)
  }
  return timedAttempt(gate, work, ask, call, timeout, classify, clockOf(gate, options))
}

async function persist<T>(gate: Gate, work: Work<T>, options: AdmitOptions<T>, first: AdmittedCall): Promise<T> {
  const { fallback, signal } = options
  let last = first
  try {
    let value: T
    if (options.retry === undefined) value = await tryOnce(gate, work, options, options, first)
    else value = await retry(gate, work, options, options.retry, first, (call) => (last = call))
    if (typeof fallback === 'object' && last.outcome === 'ok') fallback.put?.(options.key, value)
    return value
  } catch (error) {
    if (fallback === undefined || signal?.aborted === true) throw error
    return await (typeof fallback === 'function' ? fallback(error) : fallback.get(error, options.key))
  }
}

async function retry<T>(
  gate: Gate,
  work: Work<T>,
  options: AdmitOptions<T>,
  retryOptions: RetryOptions,
  first: AdmittedCall,
  onNext?: (call: AdmittedCall) => void,
): Promise<T> {
  const { deadline, signal } = options
  const plan = new RetryPlan(retryOptions, gate, clockOf(gate, options), options.random ?? systemRandom)
  let ask: Ask = options
  plan.begin()
  for (let call = first; ; call = new AdmittedCall(call.attempt + 1, deadline, signal), onNext?.(call)) {
    try {
      const value = await tryOnce(gate, work, ask, options, call)
      if (!plan.wantsBetter(call) || !(await plan.again(call, deadline ?? Infinity, signal))) return value
    } catch (error) {
      if (!plan.wants(error, call.attempt)) throw error
      call.retryAfterMs = Math.max(call.retryAfterMs, retryAfterOf(error))
      if (!(await plan.again(call, deadline ?? Infinity, signal))) throw error
    }
    ask = { ...options, level: Math.min(3, levelOf(options) + 1) as Level, avoid: call.target }
  }
}

function clockOf(gate: Gate, options: { readonly clock?: Clock }): Clock {
  return options.clock ?? (gate instanceof PartGate ? gate.clock : systemClock)
}
