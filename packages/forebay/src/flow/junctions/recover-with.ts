import { checkFunction, checkInteger } from '../../kernel/check.ts'
import type { Forget, Graft, JunctionNode, PlanNode } from '../../kernel/plan.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { FanIn } from './fan-in.ts'
import { Lane } from './lane.ts'

/** Items that may be asked for in one go, always within what downstream has asked for. */
const SLICE = 64

/** How often a failed flow is replaced. */
export interface RecoverWithOptions {
  /** Replacements in one run; the failure after the last one fails the flow. Default 1. */
  max?: number
}

/** The plan of a flow that another one replaces when it fails; see `Flow.recoverWith`. */
export function recoverWithNode(
  input: PlanNode,
  replace: (error: unknown) => PlanNode,
  options: RecoverWithOptions,
): JunctionNode {
  checkFunction('recoverWith', replace)
  const { max = 1 } = options
  checkInteger('max', max, 1, 65_536)
  return {
    type: 'junction',
    kind: 'recoverWith',
    name: 'recoverWith',
    inputs: [input],
    bound: SLICE,
    explains: { inner: 1 },
    // What the replacement does to the number of items is not known before it runs.
    cardinality: 'many',
    slots: 1,
    sync: true,
    catches: true,
    create: (env, stage, graft) => new RecoverWith(replace, max, graft, env, stage),
  }
}

/** One lane at a time; a lane that fails gives way to the next one, which is built while the flow runs. */
class RecoverWith extends FanIn {
  readonly #replace: (error: unknown) => PlanNode
  readonly #graft: Graft
  #left: number
  #current: Lane
  /** Of the replacement that runs. */
  #forget: Forget | undefined

  constructor(
    replace: (error: unknown) => PlanNode,
    max: number,
    graft: Graft,
    env: RunEnvironment,
    stage: StageAccount,
  ) {
    super(1, SLICE, env, stage)
    this.#replace = replace
    this.#left = max
    this.#graft = graft
    this.#current = this.lanes[0] as Lane
  }

  override open(): void {}

  protected hand(port: Port): void {
    while (!this.isDry()) {
      const lane = this.#current
      if (!this.pass(lane, port)) break
      if (lane.isOver) continue
      lane.grant(port.n)
      break
    }
  }

  /** A failed lane that has emptied is replaced, as long as that may be. */
  protected override isDry(): boolean {
    while (this.#current.isOver) {
      const { end } = this.#current
      if (end?.failed !== true) return true
      if (this.#left === 0) {
        this.endInputs(this.#current)
        return true
      }
      this.#left--
      this.#next(end.error)
    }
    return false
  }

  protected override endsAll(): boolean {
    return false
  }

  /** A replacement that cannot be made, or cannot be built, fails the flow with that error. */
  #next(error: unknown): void {
    const lane = new Lane(this, SLICE)
    this.#current = this.lanes[0] = lane
    this.#forget?.()
    this.#forget = undefined
    try {
      this.#forget = this.#graft(this.#replace(error), lane, (upstream) => lane.attach(upstream))
    } catch (second) {
      this.#left = 0
      lane.fail(second)
    }
  }
}
