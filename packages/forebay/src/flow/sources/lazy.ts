import { checkFunction } from '../../kernel/check.ts'
import type { Graft } from '../../kernel/plan.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { Flow } from '../flow.ts'
import { isThenable, promised } from '../../kernel/is-thenable.ts'
import { FanIn } from '../junctions/fan-in.ts'
import { Lane } from '../junctions/lane.ts'
import { withSite } from '../sites.ts'
import { madeNode } from './made-node.ts'

/** Items that may be asked for in one go, always within what downstream has asked for. */
const SLICE = 64

/**
 * The flow that `make` returns, or a promise of it; it is called when the first item is wanted: for sources that cost
 * something to make, or depend on what happened before. Each run makes its own. An error of `make` fails the flow.
 *
 * Emits: when the made flow does. Backpressures: when downstream does. Completes: when the made flow has. Cancels: when
 * downstream cancels; nothing is made if nothing was wanted, and what a promise brings later is not run. Loses: nothing.
 */
export function lazy<T>(make: () => Flow<T> | PromiseLike<Flow<T>>): Flow<T> {
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

/** One lane, made when it is wanted; what it carries may come later. */
class Lazy extends FanIn {
  readonly #make: () => unknown
  readonly #graft: Graft
  #lane: Lane | undefined
  /** The flow of the lane is awaited. */
  #isAwaited = false

  constructor(make: () => unknown, graft: Graft, env: RunEnvironment, stage: StageAccount) {
    super(0, SLICE, env, stage)
    this.#make = make
    this.#graft = graft
  }

  /** A flow that has come is stopped by the run itself. */
  stop(): void {
    if (this.#isAwaited) this.#lane?.complete()
  }

  protected hand(port: Port): void {
    const lane = this.#lane ?? (port.n > 0 ? this.#begin() : undefined)
    if (lane === undefined || this.#isAwaited) return
    if (this.pass(lane, port)) lane.grant(port.n)
  }

  protected override isDry(): boolean {
    return this.#lane?.isOver === true
  }

  #begin(): Lane {
    const lane = new Lane(this, SLICE)
    this.#lane = this.lanes[0] = lane
    const made = this.#make()
    if (!isThenable(made)) {
      this.#attach(lane, made)
      return lane
    }
    this.#isAwaited = true
    promised(made).then(
      (late) => this.#come(lane, late),
      (error: unknown) => lane.fail(error),
    )
    return lane
  }

  #come(lane: Lane, late: unknown): void {
    this.#isAwaited = false
    if (lane.end !== undefined) return
    try {
      this.#attach(lane, late)
      this.laneChanged(lane)
    } catch (error) {
      lane.fail(error)
    }
  }

  #attach(lane: Lane, made: unknown): void {
    this.#graft(madeNode('lazy', made), lane, (upstream) => lane.attach(upstream))
  }
}
