import type { Clock } from '../../kernel/clock.ts'
import { milliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Ask, Gate, Permit, PermitOutcome } from '../../kernel/gate.ts'
import { isThenable } from '../../kernel/is-thenable.ts'
import { deadlinesOf } from '../deadlines.ts'
import type { Deadlines, Due } from '../deadlines.ts'
import { AdmittedCall } from './call.ts'
import type { Work } from './call.ts'
import { outcomeOf, retryAfterOf } from './classify.ts'
import type { Classify, Ended } from './classify.ts'

/**
 * Does the work once behind `gate`, for a caller that waits however long it takes. `call` is made when the permit is there
 * unless it is given. No asynchronous frame where the permit is free: one promise on the work's own costs less.
 */
export function attempt<T>(
  gate: Gate,
  work: Work<T>,
  ask: Ask | undefined,
  call: AdmittedCall | undefined,
  classify: Classify<T> | undefined,
): Promise<T> {
  let granted: Permit | Promise<Permit>
  try {
    granted = gate.acquire(ask)
  } catch (error) {
    return Promise.reject(error)
  }
  if (isThenable(granted)) return attemptLater(granted, work, call, classify)
  const permit = granted
  const own = call ?? new AdmittedCall(1, undefined, undefined)
  own.permit = permit
  let result: T | PromiseLike<T>
  try {
    result = work(own)
  } catch (error) {
    return failed(permit, own, classify, error)
  }
  return Promise.resolve(result).then(
    (value) => {
      if (classify === undefined) permit.release('ok')
      else end(permit, own, classify, { ok: true, value })
      return value
    },
    (error: unknown) => {
      end(permit, own, classify, { ok: false, error })
      throw error
    },
  )
}

async function attemptLater<T>(
  granted: PromiseLike<Permit>,
  work: Work<T>,
  call: AdmittedCall | undefined,
  classify: Classify<T> | undefined,
): Promise<T> {
  const permit = await granted
  const own = call ?? new AdmittedCall(1, undefined, undefined)
  own.permit = permit
  let value: T
  try {
    value = await work(own)
  } catch (error) {
    end(permit, own, classify, { ok: false, error })
    throw error
  }
  if (classify === undefined) permit.release('ok')
  else end(permit, own, classify, { ok: true, value })
  return value
}

/** Gives the permit back for work that has thrown; what judging it may throw goes to the caller, too. */
async function failed<T>(
  permit: Permit,
  call: AdmittedCall,
  classify: Classify<T> | undefined,
  error: unknown,
): Promise<never> {
  end(permit, call, classify, { ok: false, error })
  throw error
}

/**
 * Does the work once behind `gate`, for a caller that gives up after `timeout`, at `call.deadline`, or when its
 * signal aborts.
 */
export async function timedAttempt<T>(
  gate: Gate,
  work: Work<T>,
  ask: Ask,
  call: AdmittedCall,
  timeout: Duration | undefined,
  classify: Classify<T> | undefined,
  clock: Clock,
): Promise<T> {
  const ms = timeout === undefined ? Infinity : milliseconds('timeout', timeout)
  const granted = gate.acquire(ask)
  const permit = isThenable(granted) ? await granted : granted
  call.permit = permit
  const now = clock.now()
  call.deadline = Math.min(call.deadline, now + ms)
  return new TimedWork(permit, call, ask.signal, classify, deadlinesOf(clock), now).start(work)
}

/**
 * Work whose caller may give up before it ends. The caller is told at once; the permit stays with the
 * work until that has settled, because until then it uses what the gate protects.
 *
 *     running ── settles ──────────────────────> permit released, caller told
 *        └────── time is up, caller aborts ────> caller told, permit abandoned ── settles ──> permit released
 */
class TimedWork<T> implements Due {
  readonly dueAt: number
  heapIndex = -1
  readonly #permit: Permit
  readonly #call: AdmittedCall
  readonly #signal: AbortSignal | undefined
  readonly #classify: Classify<T> | undefined
  readonly #deadlines: Deadlines
  readonly #startedAt: number
  #givenUp: PermitOutcome | undefined = undefined
  #onAbort: (() => void) | undefined = undefined
  #resolve!: (value: T) => void
  #reject!: (error: unknown) => void

  constructor(
    permit: Permit,
    call: AdmittedCall,
    signal: AbortSignal | undefined,
    classify: Classify<T> | undefined,
    deadlines: Deadlines,
    startedAt: number,
  ) {
    this.#permit = permit
    this.#call = call
    this.#signal = signal
    this.#classify = classify
    this.#deadlines = deadlines
    this.#startedAt = startedAt
    this.dueAt = call.deadline
  }

  start(work: Work<T>): T | Promise<T> {
    let result: T | PromiseLike<T>
    try {
      result = work(this.#call)
    } catch (error) {
      end(this.#permit, this.#call, this.#classify, { ok: false, error })
      throw error
    }
    if (!isThenable(result)) {
      end(this.#permit, this.#call, this.#classify, { ok: true, value: result })
      return result as T
    }
    const running = result as PromiseLike<T>
    return new Promise<T>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      if (this.dueAt !== Infinity) this.#deadlines.add(this)
      this.#listen()
      running.then(
        (value) => this.#settled({ ok: true, value }),
        (error: unknown) => this.#settled({ ok: false, error }),
      )
    })
  }

  expire(): void {
    const ms = Math.round(this.dueAt - this.#startedAt)
    this.#giveUp('fail', new ForebayError('FOREBAY_TIMEOUT', `the work took longer than ${ms} ms`, { retryable: true }))
  }

  #listen(): void {
    const signal = this.#signal
    if (signal === undefined) return
    const onAbort = (): void =>
      this.#giveUp('ignore', new ForebayError('FOREBAY_CANCELLED', 'the caller gave up', { cause: signal.reason }))
    if (signal.aborted) return onAbort()
    this.#onAbort = onAbort
    signal.addEventListener('abort', onAbort, { once: true })
  }

  #giveUp(outcome: PermitOutcome, error: ForebayError): void {
    this.#stopWaiting()
    this.#givenUp = outcome
    this.#call.outcome = outcome
    this.#permit.abandon?.(outcome)
    this.#reject(error)
    this.#call.giveUp(error)
  }

  #settled(ended: Ended<T>): void {
    if (this.#givenUp !== undefined) return this.#permit.release(this.#givenUp) // its caller has long been told
    this.#stopWaiting()
    try {
      end(this.#permit, this.#call, this.#classify, ended)
    } catch (error) {
      return this.#reject(error)
    }
    if (ended.ok) this.#resolve(ended.value)
    else this.#reject(ended.error)
  }

  #stopWaiting(): void {
    this.#deadlines.remove(this)
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#onAbort = undefined
  }
}

/** Returns the permit with what the end says about the gate. */
function end<T>(permit: Permit, call: AdmittedCall, classify: Classify<T> | undefined, ended: Ended<T>): void {
  if (classify === undefined) {
    call.outcome = ended.ok ? 'ok' : outcomeOf(ended.error)
    call.retryAfterMs = ended.ok ? 0 : retryAfterOf(ended.error)
    return permit.release(call.outcome)
  }
  call.outcome = 'fail' // should classify throw
  try {
    const verdict = classify(ended)
    const { outcome, retryAfterMs = 0 } = typeof verdict === 'string' ? { outcome: verdict } : verdict
    call.outcome = outcome
    call.retryAfterMs = retryAfterMs
  } finally {
    permit.release(call.outcome)
  }
}
