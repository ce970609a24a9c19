import type { Context, Outcome } from '../../kernel/context.ts'
import type { Junction } from '../../kernel/plan.ts'
import type { Port, Pull, Receiver, Upstream } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { loseItem } from '../lose-item.ts'
import type { InputEnd } from './input-end.ts'
import { isCredit, noCredit } from './no-credit.ts'

/**
 * The frame of a junction with one input and one output: credit, the end, cancelling, its account. It says nothing of
 * how items come and go; for that see `Passage`, which almost every junction should extend instead.
 *
 * Invariant: held() + granted ≤ the bound of its node.
 */
export abstract class Conduit<A = any> implements Junction, Receiver<A>, Pull {
  readonly env: RunEnvironment
  readonly stage: StageAccount
  /** Items handed on. */
  protected emitted = 0
  /** The context handed on last. */
  protected handed: Context | undefined
  /** Credit that upstream holds. */
  protected granted = 0
  /** How the input ended, once it has; what is held may still flow out. */
  protected end: InputEnd | undefined
  /** It has ended or was cancelled: nothing more comes, nothing more goes. */
  protected isOver = false
  protected port!: Port
  #upstream!: Upstream

  constructor(env: RunEnvironment, stage: StageAccount) {
    this.env = env
    this.stage = stage
    stage.refresh = () => {
      stage.inFlight = this.held()
      stage.emitted = this.emitted
    }
  }

  abstract next(value: A, context: Context | undefined): void
  abstract run(port: Port): void

  /** Items held: taken, and neither handed on nor lost. */
  protected abstract held(): number

  /** Items that may come now. Upstream gets credit for just as many, and gives back what is too much. */
  protected abstract room(): number

  /** Gives up everything held, `this.lose(context, reason, 'returned')` for each item, and stops what is going on. */
  protected abstract abandon(reason: 'cancelled' | 'failed', cause: unknown): void

  /** Whether nothing more can come out once the input has ended; default: when nothing is held. */
  protected isDry(): boolean {
    return this.held() === 0
  }

  /** The input has ended, as `end` says. */
  protected inputEnded(): void {
    this.port.wake()
  }

  /** Whether downstream wants an item. */
  protected hasCredit(): boolean {
    return this.port.n > 0
  }

  /** Gives an item up, counted with its reason. */
  protected lose(context: Context | undefined, reason: string, outcome?: Outcome): void {
    loseItem(this.env, this.stage, context, reason, outcome)
  }

  /** Wants no more input; what is held flows out, and then it ends: with `failure`, or completed. */
  protected endInput(failure?: { readonly error: unknown }): void {
    if (this.end !== undefined || this.isOver) return
    this.#upstream.cancel(failure?.error)
    this.#endWith({ failed: failure !== undefined, error: failure?.error })
  }

  /** Fails at once; what is held is lost. */
  protected failNow(error: unknown): void {
    if (this.isOver) return
    this.close(error)
    this.abandon('failed', error)
    this.port.failed(error)
  }

  /** Ends if nothing is left, whether anything is wanted or not; else grants what fits. Safe to call at any time. */
  protected settle(): void {
    if (this.isOver) return
    if (this.end === undefined) {
      const room = this.room()
      if (this.granted > room) this.granted -= this.#upstream.revoke()
      const missing = room - this.granted
      if (missing <= 0) return
      if (!isCredit(missing)) return this.failNow(noCredit(this.stage, room))
      this.granted += missing
      this.#upstream.request(missing)
    } else if (this.isDry()) {
      const { failed, error } = this.end
      this.close(undefined)
      if (failed) this.port.failed(error)
      else this.port.done()
    }
  }

  /** It is over, for whatever reason; called once. */
  protected close(reason: unknown): void {
    this.isOver = true
    if (this.end === undefined) this.#upstream.cancel(reason)
  }

  receiver(): Receiver {
    return this
  }

  attach(_input: number, upstream: Upstream): void {
    this.#upstream = upstream
  }

  pull(): Pull {
    return this
  }

  bind(port: Port): void {
    this.port = port
  }

  open(): void {
    this.settle()
  }

  complete(): void {
    this.#endWith({ failed: false, error: undefined })
  }

  fail(error: unknown): void {
    this.#endWith({ failed: true, error })
  }

  cancel(reason: unknown): void {
    if (this.isOver) return
    this.close(reason)
    this.abandon('cancelled', reason)
  }

  pulled(): number {
    return this.emitted
  }

  current(): Context | undefined {
    return this.handed
  }

  #endWith(end: InputEnd): void {
    if (this.end !== undefined || this.isOver) return
    this.end = end
    this.inputEnded()
  }
}
