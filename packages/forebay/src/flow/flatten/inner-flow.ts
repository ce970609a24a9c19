import { joinContexts, noRecord, type Context, type Lease, type Outcome } from '../../kernel/context.ts'
import { show } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Enter, Forget, PlanNode } from '../../kernel/plan.ts'
import { Flow } from '../flow.ts'
import { Lane, type LaneHost } from '../junctions/lane.ts'

/** The plan of what a caller's function has returned for an item. */
export function innerNode(name: string, inner: unknown): PlanNode {
  if (!(inner instanceof Flow))
    throw new TypeError(`${name}: expected a function that returns a flow, got ${show(inner)}`)
  if (inner.sides.length > 0) {
    throw new ForebayError('FOREBAY_UNSUPPORTED', `${name}: an inner flow may not have side branches`)
  }
  return inner.node
}

/** A flow that runs for an item of an outer one. It holds a share of that item's lease until it is over. */
export class InnerFlow extends Lane implements Lease {
  /** The context of the item that it runs for. */
  readonly outer: Context | undefined
  /** Why it was ended before its end. */
  cutBy: string | undefined
  forget: Forget | undefined
  readonly #carried: Context

  constructor(host: LaneHost, bound: number, outer: Context | undefined) {
    super(host, bound)
    this.outer = outer
    this.#carried =
      outer?.lease === undefined ? { ...outer, lease: noRecord.lease as Lease } : { ...outer, lease: this }
  }

  /** Items of its sources are parts of the outer item: each has a share of its lease, its level, deadline, key and trace. */
  readonly enter: Enter = (own) => {
    const carried = this.#carried
    this.outer?.lease?.split(1)
    return own === undefined ? carried : { ...carried, ...own, ...joinContexts([carried, own]) }
  }

  get keepsFailed(): boolean {
    return this.outer?.lease?.keepsFailed === true
  }

  split(shares: number): void {
    this.outer?.lease?.split(shares)
  }

  leave(ring: object): Lease | undefined {
    const lease = this.outer?.lease
    return lease?.leave === undefined ? this : lease.leave(ring)
  }

  /** What is given up because the flow has given way is dropped on purpose: it does not go back to where it came from. */
  settle(outcome: Outcome, reason?: unknown): void {
    const lease = this.outer?.lease
    if (outcome === 'returned' && this.cutBy === 'switched') lease?.settle('dropped', this.cutBy)
    else lease?.settle(outcome, reason)
  }
}
