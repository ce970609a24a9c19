import type { Context } from '../../kernel/context.ts'
import { OrderedHold } from '../../kernel/hold.ts'
import type { Enter } from '../../kernel/plan.ts'
import type { Filling, Receiver, Upstream } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { loseItem } from '../lose-item.ts'
import type { InputEnd } from './input-end.ts'
import { isCredit, noCredit } from './no-credit.ts'

/** The junction that a lane belongs to. */
export interface LaneHost {
  readonly env: RunEnvironment
  readonly stage: StageAccount
  /** An item has arrived in a lane that held none, or the lane has ended. */
  laneChanged(lane: Lane): void
}

/**
 * One input of a junction: the items that have come and are not taken yet, and the credit its producer holds.
 *
 * Invariant: held + granted ≤ bound.
 */
export class Lane implements Receiver {
  /** How the input ended, once it has. */
  end: InputEnd | undefined
  readonly #host: LaneHost
  readonly #bound: number
  readonly hold: OrderedHold
  #granted = 0
  #upstream: Upstream | undefined

  constructor(host: LaneHost, bound: number) {
    this.#host = host
    this.#bound = bound
    this.hold = new OrderedHold(bound)
  }

  get length(): number {
    return this.hold.length
  }

  /** Held, or promised to its producer. */
  get expected(): number {
    return this.length + this.#granted
  }

  /** Ended, and nothing held. */
  get isOver(): boolean {
    return this.end !== undefined && this.hold.length === 0
  }

  /** What {@link take} would take; only while something is held. */
  get head(): unknown {
    return this.hold.valueAt(0)
  }

  /** What {@link take} took. */
  get taken(): unknown {
    return this.hold.taken
  }

  get context(): Context | undefined {
    return this.hold.context
  }

  attach(upstream: Upstream): void {
    this.#upstream = upstream
  }

  /** Grants what is missing to `ahead` items held or promised. */
  grant(ahead: number = this.#bound): void {
    const missing = Math.min(ahead, this.#bound) - this.hold.length - this.#granted
    if (missing <= 0 || this.end !== undefined) return
    if (!isCredit(missing)) throw noCredit(this.#host.stage, ahead)
    this.#granted += missing
    this.#upstream?.request(missing)
  }

  next(value: unknown, context: Context | undefined): void {
    this.#granted--
    this.#host.stage.in++
    this.hold.put(value, context, 0)
    if (this.hold.length === 1) this.#host.laneChanged(this)
  }

  takeFrom(pull: Filling, items: number, enter: Enter | undefined): number {
    const came = this.hold.fill(pull, items, enter)
    this.#granted -= came
    this.#host.stage.in += came
    if (came > 0) this.#host.laneChanged(this)
    return came
  }

  complete(): void {
    this.#endWith({ failed: false, error: undefined })
  }

  fail(error: unknown): void {
    this.#endWith({ failed: true, error })
  }

  take(): void {
    this.hold.take()
  }

  /** No more is wanted from this input; what it holds may still be taken. */
  cancel(reason: unknown): void {
    if (this.end !== undefined) return
    this.end = { failed: false, error: undefined }
    this.#upstream?.cancel(reason)
  }

  /** Gives up what is held. */
  discard(reason: string): void {
    while (this.hold.length > 0) {
      this.hold.take()
      loseItem(this.#host.env, this.#host.stage, this.hold.context, reason, 'returned')
    }
  }

  #endWith(end: InputEnd): void {
    if (this.end !== undefined) return
    this.end = end
    this.#host.laneChanged(this)
  }
}
