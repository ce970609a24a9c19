import { checkInteger } from '../../kernel/check.ts'
import type { JunctionNode, PlanNode } from '../../kernel/plan.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { FanIn } from './fan-in.ts'
import type { Lane } from './lane.ts'

/** How several flows become one. */
export interface MergeOptions {
  /** Items each input may be ahead; default 1. Larger slices cost less per item and are still fair. */
  prefetch?: number
  /** Ends when the first input completes, instead of the last. Default false. */
  eagerComplete?: boolean
  name?: string
}

/** The plan of a fair merge; see `Flow.merge`. */
export function mergeNode(inputs: readonly PlanNode[], options: MergeOptions = {}): JunctionNode {
  const { prefetch = 1 } = options
  checkInteger('prefetch', prefetch, 1, 65_536)
  const eager = options.eagerComplete ?? false
  return {
    type: 'junction',
    kind: 'merge',
    name: options.name ?? 'merge',
    inputs,
    bound: inputs.length * prefetch,
    cardinality: 'one',
    slots: 1,
    sync: true,
    create: (env, stage) => new Merge(inputs.length, prefetch, eager, env, stage),
  }
}

/** Takes from its lanes in turn, from each what it holds: fair in slices of `prefetch`. */
class Merge extends FanIn {
  readonly #eager: boolean
  /** The lane whose turn it is. */
  #turn = 0

  constructor(inputs: number, prefetch: number, eager: boolean, env: RunEnvironment, stage: StageAccount) {
    super(inputs, prefetch, env, stage)
    this.#eager = eager
  }

  protected hand(port: Port): void {
    const { lanes } = this
    let empty = 0
    while (port.n > 0 && empty < lanes.length) {
      const lane = lanes[this.#turn] as Lane
      empty = lane.length === 0 ? empty + 1 : 0
      const goesOn = this.pass(lane, port)
      if (lane.length > 0) break
      lane.grant()
      this.#turn = (this.#turn + 1) % lanes.length
      if (!goesOn) break
    }
  }

  protected override endsAll({ end }: Lane): boolean {
    return end?.failed === true || this.#eager
  }
}
