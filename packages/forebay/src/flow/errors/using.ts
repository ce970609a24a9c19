import { checkFunction } from '../../kernel/check.ts'
import type { Graft, PlanNode } from '../../kernel/plan.ts'
import type { Port } from '../../kernel/receiver.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import { Flow } from '../flow.ts'
import { FanIn } from '../junctions/fan-in.ts'
import { Lane } from '../junctions/lane.ts'
import { withSite } from '../sites.ts'
import { madeNode } from '../sources/made-node.ts'
import { checkResource, Resource, type ResourceUse } from './resource.ts'

/** Items that may be asked for in one go, always within what downstream has asked for. */
const SLICE = 64

/** A flow over a resource; see {@link using}. */
export interface UsingOptions<R, T> extends ResourceUse<R> {
  /** The flow that uses it. */
  use: (resource: R) => Flow<T>
}

/**
 * A flow over something that is opened for each run and must be closed: a connection, a lock, a folder of its own.
 * `close` is called exactly once for a resource that was opened, also when the flow fails, or was cancelled while the
 * resource was being opened. The end waits for it; an error of `close` fails the flow, unless that has failed already.
 * When the run is cancelled, the flow over it is cancelled first, and calls of it that are out are told by their signal;
 * the resource is closed without waiting for them: what must never lose it under a call is `mapWithResource`.
 *
 * Emits: when the flow over the resource does. Backpressures: when downstream does; nothing is opened before an item is
 * wanted. Completes: when the flow over the resource has and the resource is closed. Cancels: when downstream cancels;
 * an `open` that is out is told by its signal, and the resource closed after it. Loses: nothing.
 */
export function using<R, T>(options: UsingOptions<R, T>): Flow<T> {
  checkResource('using', options)
  const use = checkFunction('using use', options.use)
  const plan = (resource: R): PlanNode => madeNode('using', use(resource))
  return new Flow<T>(
    withSite({
      type: 'junction',
      kind: 'using',
      name: 'using',
      inputs: [],
      bound: SLICE,
      explains: { inner: 1 },
      // What the flow over it does to the number of items is not known before it runs.
      cardinality: 'many',
      slots: 1,
      sync: true,
      create: (env, stage, graft) => new Using(options, plan, graft, env, stage),
    }),
  )
}

/** One lane, attached when the resource is open. */
class Using<R> extends FanIn {
  readonly #resource: Resource<R>
  readonly #plan: (resource: R) => PlanNode
  readonly #graft: Graft
  #port!: Port
  #lane: Lane | undefined

  constructor(
    use: ResourceUse<R>,
    plan: (resource: R) => PlanNode,
    graft: Graft,
    env: RunEnvironment,
    stage: StageAccount,
  ) {
    super(0, SLICE, env, stage)
    this.#resource = new Resource(use, env, () => this.#port.wake())
    this.#plan = plan
    this.#graft = graft
  }

  override bind(port: Port): void {
    super.bind(port)
    this.#port = port
  }

  /** A flow that runs over the resource is stopped by the run itself. */
  stop(): void {
    if (this.#lane !== undefined) return
    this.#resource.close()
    this.#port.wake()
  }

  protected hand(port: Port): void {
    if (this.#lane === undefined && port.n > 0) this.#resource.open()
    if (this.#lane === undefined && this.#resource.state === 'open') this.#begin(this.#resource.value)
    const lane = this.#lane
    if (lane !== undefined && this.pass(lane, port)) lane.grant(port.n)
  }

  /** Nothing more comes: the end waits until the resource is closed. */
  protected override isDry(): boolean {
    const resource = this.#resource
    if (this.#lane?.isOver === true) resource.close()
    if (resource.state !== 'closed') return false
    const lane = (this.#lane ??= new Lane(this, SLICE))
    if (lane.end?.failed !== true && resource.failure !== undefined) {
      lane.end = { failed: true, error: resource.failure.error }
    }
    this.endInputs(lane)
    return true
  }

  protected override endsAll(): boolean {
    return false
  }

  protected override abandon(reason: 'cancelled' | 'failed'): void {
    this.#resource.abort(reason)
    this.#resource.close()
  }

  #begin(resource: R): void {
    const lane = new Lane(this, SLICE)
    this.#lane = this.lanes[0] = lane
    try {
      this.#graft(this.#plan(resource), lane, (upstream) => lane.attach(upstream))
    } catch (error) {
      lane.end = { failed: true, error }
    }
  }
}
