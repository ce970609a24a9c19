import type { Permit, PermitOutcome } from '../../kernel/gate.ts'

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

export class AdmittedCall implements Call {
  readonly attempt: number
  /** How it ended, for the retry to judge by. */
  outcome: PermitOutcome = 'ok'
  retryAfterMs = 0
  permit: Permit | undefined = undefined
  #deadline: number | undefined // none is not kept as Infinity, which would be a number of its own in each call
  readonly #outer: AbortSignal | undefined
  #controller: AbortController | undefined = undefined
  #givenUp: Error | undefined = undefined

  constructor(attempt: number, deadline: number | undefined, outer: AbortSignal | undefined) {
    this.attempt = attempt
    this.#deadline = deadline
    this.#outer = outer
  }

  get deadline(): number {
    return this.#deadline ?? Infinity
  }

  set deadline(deadline: number) {
    this.#deadline = deadline
  }

  get target(): unknown {
    return this.permit?.target
  }

  settle(cost: number): void {
    this.permit?.settle(cost)
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      // Where only the caller can abort, its own signal says it all.
      if (this.deadline === Infinity && this.#outer !== undefined) return this.#outer
      this.#controller = new AbortController()
      if (this.#givenUp !== undefined) this.#controller.abort(this.#givenUp)
    }
    return this.#controller.signal
  }

  giveUp(reason: Error): void {
    this.#givenUp = reason
    this.#controller?.abort(reason)
  }
}
