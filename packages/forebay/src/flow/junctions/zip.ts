import { joinContexts } from '../../kernel/context.ts'
import type { JunctionNode, PlanNode } from '../../kernel/plan.ts'
import type { Port } from '../../kernel/receiver.ts'
import { FanIn } from './fan-in.ts'

/** The plan of flows taken in step; see `Flow.zip`. */
export function zipNode(inputs: readonly PlanNode[]): JunctionNode {
  return {
    type: 'junction',
    kind: 'zip',
    name: 'zip',
    inputs,
    bound: inputs.length,
    cardinality: 'join',
    slots: 1,
    sync: true,
    loses: 'items without a partner at the end',
    create: (env, stage) => new Zip(inputs.length, 1, env, stage),
  }
}

/** One item of each input at a time, so that none runs ahead of the slowest. */
class Zip extends FanIn {
  protected hand(port: Port): void {
    while (port.n > 0 && this.lanes.every((lane) => lane.length > 0)) {
      const values: unknown[] = []
      const contexts = []
      for (const lane of this.lanes) {
        lane.take()
        values.push(lane.taken)
        contexts.push(lane.context)
      }
      const goesOn = this.emit(port, values, joinContexts(contexts))
      for (const lane of this.lanes) lane.grant()
      if (!goesOn) return
    }
  }

  /** The first input that is over and empty ends it: its partner will never come. */
  protected override isDry(): boolean {
    return this.lanes.some((lane) => lane.isOver)
  }
}
