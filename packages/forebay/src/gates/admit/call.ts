import type { Permit, PermitOutcome } from '../../kernel/gate.ts'
import { outcomeOf, retryAfterOf } from './classify.ts'
import type { Classify, Ended, Verdict } from './classify.ts'

/** What the work is told about the call that started it. */
export interface Call {
  /** Aborts when the caller gives up, by time or by its own signal. It is made when it is first read. */
  readonly signal: AbortSignal
  /** 1 for the first try. */
  readonly attempt: number
  /** Absolute time on the gate's clock (ms) after which nobody waits for the result; `Infinity` when somebody always does. */
  readonly deadline: number
  /** Where the work is to go, when its gate has chosen among several: the target of a balancer. */
  readonly target: unknown
  /** Corrects the cost of the call, which was a guess, once the true one is known. */
  settle(cost: number): void
}

/** The work behind a gate. */
export type Work<T> = (call: Call) => T | PromiseLike<T>

/** A call that nothing ends but its work: what it is asked for it makes up, so that it is small. */
export class PlainCall implements Call {
  permit: Permit | undefined = undefined
  #controller: AbortController | undefined = undefined

  get attempt(): number {
    return 1
  }

  get deadline(): number {
    return Infinity
  }

  get signal(): AbortSignal {
    return (this.#controller ??= new AbortController()).signal
  }

  get target(): unknown {
    return this.permit?.target
  }

  settle(cost: number): void {
    this.permit?.settle(cost)
  }
}

export class AdmittedCall extends PlainCall {
  /** How it ended, for the retry to judge by. */
  outcome: PermitOutcome = 'ok'
  retryAfterMs = 0
  /** Why its caller waits no longer. */
  givenUp: Error | undefined = undefined
  /** When the work began, ms on the gate's clock, where its time is limited. */
  startedAt = 0
  readonly #attempt: number
  readonly #outer: AbortSignal | undefined
  #deadline: number | undefined // none is not kept as Infinity, which would be a number of its own in each call
  #controller: AbortController | undefined = undefined

  constructor(attempt: number, deadline?: number, outer?: AbortSignal) {
    super()
    this.#attempt = attempt
    this.#outer = outer
    this.#deadline = deadline
  }

  override get attempt(): number {
    return this.#attempt
  }

  override get deadline(): number {
    return this.#deadline ?? Infinity
  }

  override set deadline(deadline: number) {
    this.#deadline = deadline
  }

  override get signal(): AbortSignal {
    if (this.#controller === undefined) {
      // Where only the caller can abort, its own signal says it all.
      if (this.deadline === Infinity && this.#outer !== undefined) return this.#outer
      this.#controller = new AbortController()
      if (this.givenUp !== undefined) this.#controller.abort(this.givenUp)
    }
    return this.#controller.signal
  }

  giveUp(reason: Error): void {
    this.givenUp = reason
    this.#controller?.abort(reason)
  }

  /** Returns the permit with what the end says about the gate. */
  release<T>(classify: Classify<T> | undefined, ended: Ended<T>): void {
    let verdict: Verdict = 'fail' // should classify throw
    try {
      if (classify !== undefined) verdict = classify(ended)
      else if (ended.ok) verdict = 'ok'
      else verdict = { outcome: outcomeOf(ended.error), retryAfterMs: retryAfterOf(ended.error) }
    } finally {
      const { outcome, retryAfterMs = 0 } = typeof verdict === 'string' ? { outcome: verdict } : verdict
      this.outcome = outcome
      this.retryAfterMs = retryAfterMs
      this.permit?.release(outcome)
    }
  }
}
