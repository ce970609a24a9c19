import type { Clock } from '../../kernel/clock.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Level } from '../../kernel/gate.ts'
import { deadlinesOf } from '../../gates/deadlines.ts'
import type { Due } from '../../gates/deadlines.ts'

/** The request that is being served, as far as flow control is concerned. */
export interface InboundCall {
  readonly key: string | undefined
  readonly level: Level
  /** Absolute time on `clock` (ms) after which nobody waits for the answer; `Infinity` when somebody always does. */
  readonly deadline: number
  readonly clock: Clock
  /** Aborts when the client has gone or the deadline has passed. It is made when it is first read. */
  readonly signal: AbortSignal
  /** On which rung it is to be answered, where the server has a ladder: that of when it came. */
  readonly rung: string | undefined
}

/** Owned by the server's adapter, which says when it is over. */
export class ServedCall implements InboundCall, Due {
  readonly key: string | undefined
  readonly level: Level
  readonly deadline: number
  readonly clock: Clock
  readonly rung: string | undefined
  heapIndex = -1
  #controller: AbortController | undefined = undefined
  #ended: { readonly reason: Error | undefined } | undefined = undefined

  constructor(key: string | undefined, level: Level, deadline: number, clock: Clock, rung?: string) {
    this.key = key
    this.level = level
    this.deadline = deadline
    this.clock = clock
    this.rung = rung
  }

  get dueAt(): number {
    return this.deadline
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#ended?.reason !== undefined) this.#controller.abort(this.#ended.reason)
      else if (this.#ended === undefined && this.deadline !== Infinity) deadlinesOf(this.clock).add(this)
    }
    return this.#controller.signal
  }

  expire(): void {
    this.#controller?.abort(new ForebayError('FOREBAY_TIMEOUT', 'the deadline of the request has passed'))
  }

  /** The client has gone. */
  giveUp(): void {
    this.end(new ForebayError('FOREBAY_CANCELLED', 'the client has gone'))
  }

  /** The answer is out, or nobody waits for it any more (`reason`). */
  end(reason?: Error): void {
    if (this.#ended !== undefined) return
    this.#ended = { reason }
    deadlinesOf(this.clock).remove(this)
    if (reason !== undefined) this.#controller?.abort(reason)
  }
}
