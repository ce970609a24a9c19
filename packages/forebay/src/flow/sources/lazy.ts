import { checkFunction } from '../../kernel/check.ts'
import type { Graft } from '../../kernel/plan.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { Flow } from '../flow.ts'
import { FanIn } from '../junctions/fan-in.ts'
import { Lane } from '../junctions/lane.ts'
import { withSite } from '../sites.ts'
import { madeNode } from './made-node.ts'

/** Items that may be asked for in one go, always within what downstream has asked for. */
const SLICE = 64

/**
 * The flow that `make` returns, which is called when the first item is wanted: for sources that cost something to
 * make, or depend on what happened before. Each run makes its own. An error of `make` fails the flow.
 *
 * Emits: when the made flow does. Backpressures: when downstream does. Completes: when the made flow has. Cancels: when
 * downstream cancels; nothing is made if nothing was wanted. Loses: nothing.
 */
export function lazy<T>(make: () => Flow<T>): Flow<T> {
  checkFunction('lazy', make)
  return new Flow<T>(
    withSite({
      type: 'junction',
      kind: 'lazy',
      name: 'lazy',
      inputs: [],
      bound: SLICE,
      // What the made flow does to the number of items is not known before it runs.
      cardinality: 'many',
      slots: 1,
      sync: true,
      create: (env, stage, graft) => new Lazy(make, graft, env, stage),
    }),
  )
}

/** One lane, made when it is wanted. */
class Lazy extends FanIn {
  readonly #make: () => Flow<unknown>
  readonly #graft: Graft
  #lane: Lane | undefined

  constructor(make: () => Flow<unknown>, graft: Graft, env: RunEnvironment, stage: StageAccount) {
    super(0, SLICE, env, stage)
    this.#make = make
    this.#graft = graft
  }

  protected hand(port: Port): void {
    const lane = this.#lane ?? (port.n > 0 ? this.#begin() : undefined)
    if (lane !== undefined && this.pass(lane, port)) lane.grant(port.n)
  }

  protected override isDry(): boolean {
    return this.#lane?.isOver === true
  }

  #begin(): Lane {
    const node = madeNode('lazy', this.#make())
    const lane = new Lane(this, SLICE)
    this.#lane = this.lanes[0] = lane
    this.#graft(node, lane, (upstream) => lane.attach(upstream))
    return lane
  }
}
