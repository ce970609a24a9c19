import type { Context } from '../../kernel/context.ts'
import type { Junction, JunctionNode, PlanNode } from '../../kernel/plan.ts'
import type { Port, Pull, Receiver, Upstream } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { BLOCKED, STARVED, type StageAccount } from '../../kernel/stage-account.ts'
import { loseItem } from '../lose-item.ts'
import { Outlet, type OutletHost } from './outlet.ts'

/** Says which branch an item goes to; `demandOf` tells how many items a branch wants now. */
export type Pick = (value: any, demandOf: (output: number) => number) => number

/** The plan of a partition over `outputs` branches; see `Flow.divert` and `partition`. */
export function partitionNode(input: PlanNode, outputs: number, pick: Pick, name = 'partition'): JunctionNode {
  return {
    type: 'junction',
    kind: name,
    name,
    inputs: [input],
    bound: 1,
    cardinality: 'one',
    slots: 1,
    sync: true,
    loses: 'items for a branch that has ended before the others',
    create: (env, stage) => new Partition(outputs, pick, env, stage),
  }
}

/**
 * Every item to one branch. An item is asked for when any open branch wants one; one that is meant for a
 * branch without demand waits, and those behind it wait with it: put a buffer in front of a slow branch.
 */
export class Partition implements Junction, Receiver, OutletHost {
  readonly #env: RunEnvironment
  readonly #stage: StageAccount
  readonly #outlets: readonly Outlet[]
  readonly #pick: Pick
  readonly #demandOf = (output: number): number => this.#outlets[output]?.demand ?? 0
  #waiting: { readonly value: unknown; readonly context: Context | undefined; readonly outlet: Outlet } | undefined
  #isAsked = false
  #upstream: Upstream | undefined
  #end: { failed: boolean; error: unknown } | undefined

  constructor(outputs: number, pick: Pick, env: RunEnvironment, stage: StageAccount) {
    this.#pick = pick
    this.#env = env
    this.#stage = stage
    this.#outlets = Array.from({ length: outputs }, () => new Outlet(this, env.meter))
    stage.refresh = () => {
      stage.inFlight = this.#waiting === undefined ? 0 : 1
      stage.emitted = this.#outlets.reduce((sum, outlet) => sum + outlet.emitted, 0)
    }
  }

  receiver(): Receiver {
    return this
  }

  attach(_input: number, upstream: Upstream): void {
    this.#upstream = upstream
  }

  pull(output: number): Pull {
    return this.#outlets[output] as Outlet
  }

  open(): void {
    for (const outlet of this.#outlets) if (outlet.port === undefined) outlet.isOpen = false
  }

  next(value: unknown, context: Context | undefined): void {
    this.#isAsked = false
    this.#stage.in++
    const outlet = this.#choose(value, context)
    if (outlet === undefined) return
    if (!outlet.isOpen) {
      loseItem(this.#env, this.#stage, context, 'branch-closed')
      this.#ask()
      return
    }
    this.#waiting = { value, context, outlet }
    if (outlet.demand > 0) outlet.port?.wake()
    else this.#stage.to(BLOCKED)
  }

  complete(): void {
    this.#endWith({ failed: false, error: undefined })
  }

  fail(error: unknown): void {
    this.#endWith({ failed: true, error })
  }

  serve(outlet: Outlet, port: Port): void {
    const waiting = this.#waiting
    if (waiting !== undefined && waiting.outlet === outlet && port.n > 0) {
      this.#waiting = undefined
      outlet.emitted++
      outlet.handed = waiting.context
      port.step(waiting.value, waiting.context)
      port.tick(1)
    }
    if (this.#waiting !== undefined) return
    if (this.#end === undefined) this.#ask()
    else this.#endAll(this.#end)
  }

  outletClosed(outlet: Outlet, reason: unknown): void {
    const waiting = this.#waiting
    if (waiting?.outlet === outlet) {
      this.#waiting = undefined
      loseItem(
        this.#env,
        this.#stage,
        waiting.context,
        this.#env.signal.aborted ? 'cancelled' : 'branch-closed',
        'returned',
      )
    }
    if (this.#outlets.some(({ isOpen }) => isOpen)) {
      if (this.#waiting !== undefined) return
      if (this.#end === undefined) this.#ask()
      else this.#endAll(this.#end)
    } else if (this.#end === undefined) {
      this.#end = { failed: false, error: undefined }
      this.#upstream?.cancel(reason)
    }
  }

  /** The branch of an item. A `pick` that throws, or names no branch, fails the flow. */
  #choose(value: unknown, context: Context | undefined): Outlet | undefined {
    let problem: unknown
    try {
      const index = this.#pick(value, this.#demandOf)
      const outlet = this.#outlets[index]
      if (outlet !== undefined) return outlet
      problem = new RangeError(`pick: expected a branch from 0 to ${this.#outlets.length - 1}, got ${index}`)
    } catch (error) {
      problem = error
    }
    this.#stage.failed++
    context?.lease?.settle('failed', problem)
    this.#upstream?.cancel(problem)
    this.fail(problem)
    return undefined
  }

  #ask(): void {
    if (this.#isAsked || this.#end !== undefined) return
    const isWanted = this.#outlets.some(({ isOpen, demand }) => isOpen && demand > 0)
    this.#stage.to(isWanted ? STARVED : BLOCKED)
    if (!isWanted) return
    this.#isAsked = true
    this.#upstream?.request(1)
  }

  #endWith(end: { failed: boolean; error: unknown }): void {
    this.#end ??= end
    if (this.#waiting === undefined) this.#endAll(this.#end)
  }

  #endAll({ failed, error }: { failed: boolean; error: unknown }): void {
    for (const outlet of this.#outlets) outlet.end(failed ? { error } : undefined)
  }
}
