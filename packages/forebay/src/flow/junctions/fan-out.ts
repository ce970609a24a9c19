import { settle, type Context, type Outcome } from '../../kernel/context.ts'
import type { Junction } from '../../kernel/plan.ts'
import type { Port, Pull, Receiver, Upstream } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { BLOCKED, STARVED, type StageAccount } from '../../kernel/stage-account.ts'
import { loseItem } from '../lose-item.ts'
import type { InputEnd } from './input-end.ts'
import { isCredit, noCredit } from './no-credit.ts'
import { Outlet, type OutletHost } from './outlet.ts'

/**
 * What to extend for a junction with one input and several outputs: it says which outlet an item is for, and how many
 * may come.
 *
 *   next ─▶ take(value, context)   [ held() ]   hand(outlet, port) ─▶ outlet.emit
 *   room() ─▶ credit of upstream                when that outlet's consumer wants items
 *
 * `take` wakes the outlets that an item is for, with {@link wake}, and is the place for a caller's functions: `hand`
 * must not throw by itself. The end, and a failure, reach an outlet when it has read everything; when all consumers
 * are gone upstream is cancelled.
 */
export abstract class FanOut<A = any> implements Junction, Receiver<A>, OutletHost {
  readonly env: RunEnvironment
  readonly stage: StageAccount
  protected readonly outlets: readonly Outlet[]
  #granted = 0
  #upstream!: Upstream
  #end: InputEnd | undefined

  constructor(outputs: number, env: RunEnvironment, stage: StageAccount) {
    this.env = env
    this.stage = stage
    this.outlets = Array.from({ length: outputs }, () => new Outlet(this, env.meter))
    stage.refresh = () => {
      stage.inFlight = this.held()
      stage.emitted = this.outlets.reduce((sum, outlet) => sum + outlet.emitted, 0)
    }
  }

  /** An item has come: it is held, {@link lose lost}, or its account ended; none of these when this throws, which fails the flow. */
  protected abstract take(value: A, context: Context | undefined): void

  /** Hands on what is held for this outlet, with `outlet.emit` until that says no; `port` may want nothing. */
  protected abstract hand(outlet: Outlet, port: Port): void

  /** Items that may come now, as the consumers of the open outlets want them. */
  protected abstract room(): number

  /** Items held. */
  protected abstract held(): number

  /** Whether nothing more can come for this outlet once the input has ended. */
  protected abstract isDry(outlet: Outlet): boolean

  /** The consumer of this outlet wants no more: gives up what only it was to get, with the reason {@link closedReason}. */
  protected abstract abandon(outlet: Outlet): void

  /** Whether any consumer wants an item. */
  protected hasCredit(): boolean {
    return this.outlets.some(({ isOpen, demand }) => isOpen && demand > 0)
  }

  /** Whether it is consumers that hold it back; default: when none wants an item. */
  protected isBlocked(): boolean {
    return !this.hasCredit()
  }

  /** Why an outlet was closed: the run is over, or its branch has had enough. */
  protected get closedReason(): 'cancelled' | 'branch-closed' {
    return this.env.signal.aborted ? 'cancelled' : 'branch-closed'
  }

  /** There is an item for this outlet: it is handed on now if its consumer wants it. */
  protected wake(outlet: Outlet): void {
    if (outlet.isOpen && outlet.demand > 0) outlet.port?.wake()
    else if (this.isBlocked()) this.stage.to(BLOCKED)
  }

  /** Gives an item up, counted with its reason. */
  protected lose(context: Context | undefined, reason: string, outcome?: Outcome): void {
    loseItem(this.env, this.stage, context, reason, outcome)
  }

  receiver(): Receiver {
    return this
  }

  attach(_input: number, upstream: Upstream): void {
    this.#upstream = upstream
  }

  pull(output: number): Pull {
    return this.outlets[output] as Outlet
  }

  /** A branch that nobody attached does not count. */
  open(): void {
    for (const outlet of this.outlets) if (outlet.port === undefined) outlet.isOpen = false
  }

  next(value: A, context: Context | undefined): void {
    this.#granted--
    this.stage.in++
    try {
      this.take(value, context)
    } catch (error) {
      this.stage.failed++
      settle(context, 'failed', error)
      this.#upstream.cancel(error)
      return this.fail(error)
    }
    // An item that is held brings the next turn of an outlet, and with it the next question.
    if (this.held() === 0) this.#settle()
  }

  complete(): void {
    this.#endWith({ failed: false, error: undefined })
  }

  fail(error: unknown): void {
    this.#endWith({ failed: true, error })
  }

  serve(outlet: Outlet, port: Port): void {
    this.hand(outlet, port)
    this.#settle()
  }

  outletClosed(outlet: Outlet, reason: unknown): void {
    this.abandon(outlet)
    if (this.outlets.some(({ isOpen }) => isOpen)) this.#settle()
    else this.finish(reason)
  }

  /** No more is wanted: upstream is cancelled, and the outlets that are left end when they have read everything. */
  protected finish(reason: unknown): void {
    if (this.#end !== undefined) return
    this.#upstream.cancel(reason)
    this.#endWith({ failed: false, error: undefined })
  }

  #endWith(end: InputEnd): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#settle()
  }

  /** Ends the outlets that have read everything, which needs no demand; before the end, asks for what fits. */
  #settle(): void {
    const end = this.#end
    if (end === undefined) return this.#ask()
    for (const outlet of this.outlets) {
      if (outlet.isOpen && this.isDry(outlet)) outlet.end(end.failed ? { error: end.error } : undefined)
    }
  }

  #ask(): void {
    this.stage.to(this.isBlocked() ? BLOCKED : STARVED)
    try {
      const room = this.room()
      const missing = room - this.#granted
      if (missing <= 0) return
      if (!isCredit(missing)) throw noCredit(this.stage, room)
      this.#granted += missing
      this.#upstream.request(missing)
    } catch (error) {
      this.#upstream.cancel(error)
      this.fail(error)
    }
  }
}
