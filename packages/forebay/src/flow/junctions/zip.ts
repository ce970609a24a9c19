import { ContextJoin } from '../../kernel/context-join.ts'
import { settle, type Context } from '../../kernel/context.ts'
import type { JunctionNode, PlanNode } from '../../kernel/plan.ts'
import type { Port, PullCode } from '../../kernel/receiver.ts'
import type { RingBuffer } from '../../kernel/ring-buffer.ts'
import { FanIn } from './fan-in.ts'

/** Items of an input that may wait for partners, as long as downstream wants that many. */
const SLICE = 64

/** The plan of flows taken in step; see `Flow.zip`. */
export function zipNode(inputs: readonly PlanNode[]): JunctionNode {
  return {
    type: 'junction',
    kind: 'zip',
    name: 'zip',
    inputs,
    bound: inputs.length * SLICE,
    cardinality: 'join',
    bulk: true,
    slots: 1,
    sync: true,
    loses: 'items without a partner at the end',
    create: (env, stage) => new Zip(inputs.length, SLICE, env, stage),
  }
}

/**
 * One item of each input at a time. None runs further ahead of the slowest than downstream wants pairs, and never by
 * more than a slice.
 */
class Zip extends FanIn {
  /** That of the second of two inputs, beside that of the first. */
  beside: RingBuffer<unknown> | undefined
  override readonly code: PullCode = {
    more: 'pull.ring.length>0&&pull.beside.length>0',
    item: '[pull.ring.shift(),pull.beside.shift()]',
    context: 'pull.handed',
  }
  readonly #contexts = new ContextJoin()

  /** Before anything is known of downstream: one of each. */
  override open(): void {
    for (const lane of this.lanes) lane.grant(1)
  }

  protected hand(port: Port): void {
    while (port.n > 0 && this.lanes.every((lane) => lane.length > 0)) {
      const pairs = this.#passPairs(port)
      if (!(pairs > 0 ? port.tick(pairs) : this.#pass(port))) break
    }
    const ahead = Math.max(1, Math.min(port.n, SLICE))
    for (const lane of this.lanes) if (lane.expected * 2 <= ahead) lane.grant(ahead)
  }

  #pass(port: Port): boolean {
    const values = this.lanes.map((lane) => {
      lane.take()
      this.#add(lane.context)
      return lane.taken
    })
    return this.emit(port, values, this.#contexts.take())
  }

  /** What two inputs hold with the same context, in generated code; returns how many pairs. */
  #passPairs(port: Port): number {
    const [first, second, third] = this.lanes
    const ring = first?.hold.plain()
    this.beside = second?.hold.plain()
    if (this.beside === undefined || third !== undefined || first?.context !== second?.context) return 0
    for (const lane of this.lanes) this.#add(lane.context)
    return this.passRing(ring, this.#contexts.take(), port)
  }

  /** What was being joined when the program's own code threw. */
  protected override abandon(reason: 'cancelled' | 'failed'): void {
    this.#contexts.settle('returned', reason)
  }

  #add(context: Context | undefined): void {
    try {
      this.#contexts.add(context)
    } catch (error) {
      settle(context, 'returned', 'failed')
      throw error
    }
  }

  /** The first input that is over and empty ends it: its partner will never come. */
  protected override isDry(): boolean {
    return this.lanes.some((lane) => lane.isOver)
  }
}
