import { checkInteger } from '../../kernel/check.ts'
import type { Clock } from '../../kernel/clock.ts'
import { milliseconds } from '../../kernel/duration.ts'
import { ForebayError, isForebayError } from '../../kernel/errors.ts'
import type { Gate, Level, Permit, PermitOutcome } from '../../kernel/gate.ts'
import { isThenable } from '../../kernel/is-thenable.ts'
import { systemRandom } from '../../kernel/random.ts'
import { levelOf } from '../ask.ts'
import { deadlinesOf } from '../deadlines.ts'
import type { Due } from '../deadlines.ts'
import { ends, takeEnds } from '../ends.ts'
import type { AdmitOptions } from './admit.ts'
import { backoffMs } from './backoff.ts'
import type { Budget } from './budget.ts'
import { AdmittedCall } from './call.ts'
import type { Work } from './call.ts'
import { retryAfterOf } from './classify.ts'
import type { Ended } from './classify.ts'
import { budgetOf } from './retry.ts'
import type { RetryOptions } from './retry.ts'

/**
 * A call whose caller may give up before the work ends, and that may be tried again, all with one promise. The caller is
 * told at once; the permit stays with the work until that has settled, because until then it uses what the gate protects.
 *
 *     running ── settles ──────────────────────> permit released, caller told, or tried again
 *        └────── time is up, caller aborts ────> the same, but permit abandoned ── settles ──> permit released
 *
 * A retry costs budget, asks the gate anew at one level lower, and never comes before the time that the other side, or our
 * own gate, asked for.
 */
export class Admission<T> implements Due {
  dueAt: number = Infinity
  heapIndex = -1
  /** The latest try. */
  last: AdmittedCall
  readonly #gate: Gate
  readonly #work: Work<T>
  readonly #options: AdmitOptions<T>
  readonly #clock: Clock
  /** Between two tries. */
  #isPausing = false
  #onAbort: (() => void) | undefined = undefined
  #resolve!: (value: unknown) => void
  #reject!: (error: unknown) => void

  constructor(gate: Gate, work: Work<T>, options: AdmitOptions<T>, clock: Clock, attempt = 1) {
    this.#gate = gate
    this.#work = work
    this.#options = options
    this.#clock = clock
    this.last = new AdmittedCall(attempt, options.deadline, options.signal)
  }

  begin(): Promise<T> {
    const promise = new Promise<T>(takeEnds)
    this.#resolve = ends.resolve
    this.#reject = ends.reject
    const { retry } = this.#options
    try {
      if (retry !== undefined) {
        checkInteger('retry.max', retry.max, 0, 1000)
        this.#budget.earn()
      }
      this.#try(this.#options)
    } catch (error) {
      this.#reject(error)
    }
    return promise
  }

  expire(): void {
    if (this.#isPausing) return this.#next()
    const { deadline, startedAt } = this.last
    const ms = Math.round(deadline - startedAt)
    this.#giveUp('fail', new ForebayError('FOREBAY_TIMEOUT', `the work took longer than ${ms} ms`, { retryable: true }))
  }

  #try(ask: AdmitOptions<T>): void {
    const options = this.#options
    const { timeout, hedge } = options
    const failed = (error: unknown): void => this.#ended({ ok: false, error })
    if (hedge !== undefined) {
      const [gate, work, call, clock] = [this.#gate, this.#work, this.last, this.#clock]
      hedge.run({ gate, work, ask, options, call, clock }).then((value) => this.#ended({ ok: true, value }), failed)
      return
    }
    let ms = Infinity
    let granted: Permit | PromiseLike<Permit>
    try {
      if (timeout !== undefined) ms = milliseconds('timeout', timeout)
      granted = this.#gate.acquire(ask)
    } catch (error) {
      return failed(error)
    }
    if (isThenable(granted)) granted.then((permit) => this.#start(permit, ms), failed)
    else this.#start(granted, ms)
  }

  #start(permit: Permit, ms: number): void {
    const call = this.last
    call.permit = permit
    if (ms !== Infinity || call.deadline !== Infinity) {
      call.startedAt = this.#clock.now()
      call.deadline = Math.min(call.deadline, call.startedAt + ms)
    }
    let result: T | PromiseLike<T>
    try {
      result = this.#work(call)
    } catch (error) {
      return this.#settled(call, { ok: false, error })
    }
    if (!isThenable(result)) return this.#settled(call, { ok: true, value: result })
    this.#wait(call.deadline)
    Promise.resolve(result).then(
      (value) => this.#settled(call, { ok: true, value }),
      (error: unknown) => this.#settled(call, { ok: false, error }),
    )
  }

  /** Waits for `dueAt`, and for the caller to abort. */
  #wait(dueAt: number): void {
    const { signal } = this.#options
    this.dueAt = dueAt
    if (dueAt !== Infinity) deadlinesOf(this.#clock).add(this)
    if (signal === undefined) return
    const onAbort = (): void =>
      this.#giveUp('ignore', new ForebayError('FOREBAY_CANCELLED', 'the caller gave up', { cause: signal.reason }))
    if (signal.aborted) return onAbort()
    this.#onAbort = onAbort
    signal.addEventListener('abort', onAbort, { once: true })
  }

  #stopWaiting(): void {
    if (this.heapIndex >= 0) deadlinesOf(this.#clock).remove(this)
    if (this.#onAbort !== undefined) this.#options.signal?.removeEventListener('abort', this.#onAbort)
    this.#onAbort = undefined
  }

  #giveUp(outcome: PermitOutcome, error: ForebayError): void {
    const { last } = this
    this.#stopWaiting()
    if (this.#isPausing) return this.#reject(error)
    last.outcome = outcome
    last.permit?.abandon?.(outcome)
    this.#ended({ ok: false, error })
    last.giveUp(error)
  }

  #settled(call: AdmittedCall, ended: Ended<T>): void {
    if (call.givenUp !== undefined) return call.permit?.release(call.outcome) // its caller has long been told
    this.#stopWaiting()
    try {
      call.release(this.#options.classify, ended)
    } catch (error) {
      return this.#ended({ ok: false, error })
    }
    this.#ended(ended)
  }

  #ended(ended: Ended<T>): void {
    const { retry, deadline = Infinity, random = systemRandom } = this.#options
    const { last } = this
    if (retry !== undefined && (!ended.ok || last.outcome === 'fail' || last.outcome === 'drop')) {
      try {
        if (last.attempt <= retry.max && (ended.ok || isWorthIt(ended.error, last.attempt, retry))) {
          if (!ended.ok) last.retryAfterMs = Math.max(last.retryAfterMs, retryAfterOf(ended.error))
          const ms = last.retryAfterMs + backoffMs(retry.backoff ?? {}, last.attempt, random)
          const dueAt = this.#clock.now() + ms
          if (dueAt < deadline && this.#budget.take()) {
            this.#isPausing = true
            return this.#wait(dueAt)
          }
        }
      } catch (error) {
        return this.#reject(error)
      }
    }
    if (ended.ok) this.#resolve(ended.value)
    else this.#reject(ended.error)
  }

  /** The pause is over. */
  #next(): void {
    const { last } = this
    const { deadline, signal } = this.#options
    this.#stopWaiting()
    this.#isPausing = false
    this.last = new AdmittedCall(last.attempt + 1, deadline, signal)
    this.#try({ ...this.#options, level: Math.min(3, levelOf(this.#options) + 1) as Level, avoid: last.target })
  }

  get #budget(): Budget {
    return this.#options.retry?.budget ?? budgetOf(this.#gate, this.#clock)
  }
}

/** Whether an error may be tried again at all, budget apart. */
function isWorthIt(error: unknown, attempt: number, { on }: RetryOptions): boolean {
  if (isForebayError(error, 'FOREBAY_CANCELLED')) return false
  return on === undefined ? !isForebayError(error) || (error as ForebayError).retryable : on(error, attempt)
}
