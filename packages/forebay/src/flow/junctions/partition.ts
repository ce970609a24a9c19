import type { Context } from '../../kernel/context.ts'
import type { JunctionNode, PlanNode } from '../../kernel/plan.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { FanOut } from './fan-out.ts'
import type { Outlet } from './outlet.ts'

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
export class Partition extends FanOut {
  readonly #pick: Pick
  readonly #demandOf = (output: number): number => this.outlets[output]?.demand ?? 0
  #waiting: { readonly value: unknown; readonly context: Context | undefined; readonly outlet: Outlet } | undefined

  constructor(outputs: number, pick: Pick, env: RunEnvironment, stage: StageAccount) {
    super(outputs, env, stage)
    this.#pick = pick
  }

  /** A `pick` that throws, or names no branch, fails the flow. */
  protected take(value: unknown, context: Context | undefined): void {
    const index = this.#pick(value, this.#demandOf)
    const outlet = this.outlets[index]
    if (outlet === undefined) {
      throw new RangeError(`pick: expected a branch from 0 to ${this.outlets.length - 1}, got ${index}`)
    }
    if (!outlet.isOpen) return this.lose(context, 'branch-closed')
    this.#waiting = { value, context, outlet }
    this.wake(outlet)
  }

  protected hand(outlet: Outlet, port: Port): void {
    const waiting = this.#waiting
    if (waiting === undefined || waiting.outlet !== outlet || port.n <= 0) return
    this.#waiting = undefined
    outlet.emit(port, waiting.value, waiting.context)
  }

  protected room(): number {
    return this.#waiting === undefined && this.hasCredit() ? 1 : 0
  }

  protected held(): number {
    return this.#waiting === undefined ? 0 : 1
  }

  protected isDry(): boolean {
    return this.#waiting === undefined
  }

  protected override isBlocked(): boolean {
    return (this.#waiting !== undefined && this.#waiting.outlet.demand <= 0) || super.isBlocked()
  }

  protected abandon(outlet: Outlet): void {
    const waiting = this.#waiting
    if (waiting?.outlet !== outlet) return
    this.#waiting = undefined
    this.lose(waiting.context, this.closedReason, 'returned')
  }
}
