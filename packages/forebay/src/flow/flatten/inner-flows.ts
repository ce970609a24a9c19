import { settle, type Context } from '../../kernel/context.ts'
import type { Graft, PlanNode } from '../../kernel/plan.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { LaneHost } from '../junctions/lane.ts'
import { Passage } from '../junctions/passage.ts'
import { InnerFlow } from './inner-flow.ts'

/** How many flows may run at once, and how they are fed. */
export interface InnerFlowsOptions {
  /** Items each may be ahead. */
  readonly ahead: number
  /** Whether they get credit only for what downstream wants; then only one may run at a time. */
  readonly exact: boolean
  readonly graft: Graft
}

/**
 * What all junctions have in common that run a flow for an item:
 *
 *   next ─▶ take ─▶ start ─▶ inner flow [ ≤ ahead ] ─┐
 *                            inner flow [ ≤ ahead ] ─┴▶ hand ─▶ emit, in turn
 *
 * A failure ends all of them, and comes when what they had handed over has flowed out. Every inner flow is ended
 * exactly once: by itself, or cancelled with a reason.
 */
export abstract class InnerFlows<A = any, B = any> extends Passage<A, B> implements LaneHost {
  /** Those that run, oldest first. */
  protected readonly inners: Set<InnerFlow> = new Set()
  /** Those that hold something, in the order of their turns. */
  readonly #ready = new Set<InnerFlow>()
  readonly #options: InnerFlowsOptions

  constructor(options: InnerFlowsOptions, env: RunEnvironment, stage: StageAccount) {
    super(env, stage)
    this.#options = options
  }

  /** Runs `node` for the item with `context`, or for none. Throws what a run would refuse. */
  protected start(node: PlanNode, context: Context | undefined): InnerFlow {
    const inner = new InnerFlow(this, this.#options.ahead, context)
    // It may be over before this returns, when nothing else of the run is at work.
    this.inners.add(inner)
    try {
      inner.forget = this.#options.graft(node, inner, (upstream) => inner.attach(upstream), context && inner.enter)
    } catch (error) {
      this.inners.delete(inner)
      throw error
    }
    if (!this.inners.has(inner)) inner.forget()
    else if (!this.#options.exact) inner.grant()
    return inner
  }

  /** Ends an inner flow before its end; what it has handed over still flows out, unless it is given up as well. */
  protected cut(inner: InnerFlow, reason: string, cause: unknown, isGivenUp: boolean): void {
    if (inner.end === undefined) inner.cutBy = reason
    inner.cancel(cause)
    if (isGivenUp) {
      inner.discard(reason)
      this.#ready.delete(inner)
    }
    if (inner.isOver) this.#over(inner)
  }

  /** An inner flow is over and everything of it is handed on. */
  protected innerOver(_inner: InnerFlow): void {}

  /** The input has failed: default, the flows that run are ended as well. */
  protected override flush(): void {
    if (this.end?.failed === true) this.#cutAll('failed', this.end.error, false)
  }

  laneChanged(inner: InnerFlow): void {
    if (this.isOver) return
    if (inner.length > 0) this.#ready.add(inner)
    if (inner.end?.failed === true) this.failBehind(inner.end.error)
    if (inner.isOver) this.#over(inner)
    this.changed()
  }

  protected hand(port: Port): void {
    const { exact } = this.#options
    // A set is walked on over what is added meanwhile, which makes it the order of turns.
    for (const inner of this.#ready) {
      this.#ready.delete(inner)
      inner.take()
      const { taken, context } = inner
      if (inner.length > 0) this.#ready.add(inner)
      else if (inner.isOver) this.#over(inner)
      const goesOn = this.emit(port, taken as B, context)
      if (!exact) inner.grant()
      if (!goesOn) break
    }
  }

  protected override settle(): void {
    super.settle()
    if (!this.#options.exact || this.isOver) return
    for (const inner of this.inners) inner.grant(this.port.n)
  }

  protected override isReady(): boolean {
    return this.#ready.size > 0
  }

  protected override isDry(): boolean {
    return this.inners.size === 0
  }

  protected held(): number {
    let held = 0
    for (const inner of this.#ready) held += inner.length
    return held
  }

  protected abandon(reason: 'cancelled' | 'failed', cause: unknown): void {
    this.#cutAll(reason, cause, true)
  }

  #cutAll(reason: string, cause: unknown, isGivenUp: boolean): void {
    for (const inner of this.inners) this.cut(inner, reason, cause, isGivenUp)
  }

  /** Fails when what was handed over has flowed out. */
  protected failBehind(error: unknown): void {
    if (this.end === undefined) return this.endInput({ error })
    if (this.end.failed) return
    this.end = { failed: true, error }
    this.flush()
  }

  #over(inner: InnerFlow): void {
    if (!this.inners.delete(inner)) return
    inner.forget?.()
    const { outer, cutBy, end } = inner
    if (outer !== undefined) {
      if (cutBy !== undefined) this.lose(outer, cutBy, cutBy === 'switched' ? 'dropped' : 'returned')
      else if (end?.failed === true) {
        this.stage.failed++
        settle(outer, 'failed', end.error)
      } else settle(outer, 'filtered')
    }
    this.innerOver(inner)
  }
}
