import type { JunctionNode, PlanNode } from '../../kernel/plan.ts'
import type { Port } from '../../kernel/receiver.ts'
import { FanIn } from './fan-in.ts'
import type { Lane } from './lane.ts'

/** Items that may be asked for in one go, always within what downstream has asked for. */
const SLICE = 64

/** The plan of one flow after the other; see `Flow.concat`. */
export function concatNode(inputs: readonly PlanNode[]): JunctionNode {
  return {
    type: 'junction',
    kind: 'concat',
    name: 'concat',
    inputs,
    bound: SLICE,
    cardinality: 'one',
    slots: 1,
    sync: true,
    create: (env, stage) => new Concat(inputs.length, SLICE, env, stage),
  }
}

/** Grants credit to one input at a time, exactly what downstream wants. */
class Concat extends FanIn {
  #current = 0

  override open(): void {}

  protected hand(port: Port): void {
    while (!this.isDry()) {
      const lane = this.#lane() as Lane
      if (!this.pass(lane, port)) break
      if (lane.isOver) continue
      lane.grant(port.n)
      break
    }
  }

  /** Leaves the inputs that are over behind. An input that failed counts once it is its turn. */
  protected override isDry(): boolean {
    for (let lane = this.#lane(); lane?.isOver === true; lane = this.#lane()) {
      if (lane.end?.failed === true) {
        this.endInputs(lane)
        this.#current = this.lanes.length
      } else this.#current++
    }
    return this.#current >= this.lanes.length
  }

  protected override endsAll(): boolean {
    return false
  }

  #lane(): Lane | undefined {
    return this.lanes[this.#current]
  }
}
