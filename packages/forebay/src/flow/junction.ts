import { checkFunction, checkInteger, checkOneOf } from '../kernel/check.ts'
import type { Cardinality } from '../kernel/operator.ts'
import type { JunctionNode } from '../kernel/plan.ts'
import type { Branch } from './branches.ts'
import { Flow } from './flow.ts'
import { joinFlows } from './join-flows.ts'
import { partFlow } from './part-flow.ts'
import type { Program } from './program.ts'
import { withSite } from './sites.ts'

/** What is known about a junction before it runs. */
export interface JunctionOptions {
  /** Items that go out per item that comes in: it decides how source records are counted. */
  cardinality: Cardinality
  /** Items it holds at most, with those it has granted; `explain` adds them up. 0 for one that holds nothing; `Infinity` is called unbounded. */
  bound: number
  /** What the stage is called; default its kind. */
  name?: string
  /** Pieces of work it does at once; default 1. */
  slots?: number
  /** False when its work happens elsewhere, so that its busy time is no load of the event loop. Default true. */
  sync?: boolean
  /** Flows of its own that it may run at once, made while it runs, for `explain`; default none. */
  inner?: number
  /** Which items it may lose on purpose, in words, for `explain`; default none. */
  loses?: string
  /** Whether it does something with a failure of an input other than to hand it on; default false. */
  catches?: boolean
  /** Several items may have the same lease, see `BulkLease`: it only settles, joins and hands on leases, or asks for one `alone`. */
  bulk?: true
}

type Create = JunctionNode['create']

/**
 * A stage of your own with one input and one output, for `.via(...)`: for what `operator` cannot do, because it has a
 * buffer of its own, waits for time or promises, or asks for more than it emits. `create` makes its running half for
 * each run, almost always a {@link Passage}. The built-in junctions are made with the same call.
 *
 * @example
 * // the newest item while downstream is busy; those before it are dropped
 * class Newest<T> extends Passage<T, T> {
 *   #held: { value: T; context: Context | undefined } | undefined
 *   room = () => 1
 *   held = () => (this.#held === undefined ? 0 : 1)
 *   take(value: T, context: Context | undefined) {
 *     this.abandon('replaced')
 *     this.#held = { value, context }
 *   }
 *   hand(port: Port) {
 *     const { value, context } = this.#held!
 *     this.#held = undefined
 *     this.emit(port, value, context)
 *   }
 *   abandon(reason: string) {
 *     if (this.#held !== undefined) this.lose(this.#held.context, reason)
 *     this.#held = undefined
 *   }
 * }
 * const newest = <T>() =>
 *   junction<T, T>('newest', { cardinality: 'filter', bound: 1 }, (env, stage) => new Newest<T>(env, stage))
 * flow(ticks).via(newest()).forEach(draw)
 */
export function junction<A, B>(kind: string, options: JunctionOptions, create: Create): (flow: Flow<A>) => Flow<B> {
  const node = blueprint(kind, options, create)
  return (flow) => new Flow<B>(withSite({ ...node, inputs: [flow.node] }), flow.sides)
}

/** Several flows into one, through a junction of your own: a {@link FanIn}, with one lane for each of `flows`. */
export function fanIn<B>(kind: string, flows: readonly Flow<any>[], options: JunctionOptions, create: Create): Flow<B> {
  const node = blueprint(kind, options, create)
  return joinFlows(
    kind,
    flows,
    (inputs) => ({ ...node, inputs }),
    (end, sides) => new Flow<B>(withSite(end), sides),
  )
}

/**
 * One flow into `branches`, through a junction of your own: a {@link FanOut} with as many outlets. Branches end, or are
 * merged, as with `flow.broadcast`.
 */
export function fanOut<A>(
  kind: string,
  flow: Flow<A>,
  branches: readonly Branch<A, any>[],
  options: JunctionOptions,
  create: Create,
): Flow<any> | Program<any> {
  const node = withSite({ ...blueprint(kind, options, create), inputs: [flow.node] })
  return partFlow(kind, flow.sides, branches, node, (end, sides) => new Flow<any>(end, sides))
}

function blueprint(kind: string, options: JunctionOptions, create: Create): Omit<JunctionNode, 'inputs'> {
  const { cardinality, bound, name = kind, slots = 1, sync = true, inner, loses, catches, bulk } = options
  checkOneOf('cardinality', cardinality, ['one', 'filter', 'many', 'join'])
  if (bound !== Infinity) checkInteger('bound', bound, 0)
  checkInteger('slots', slots, 1)
  if (inner !== undefined) checkInteger('inner', inner, 1)
  checkFunction('create', create)
  return {
    type: 'junction',
    kind,
    name,
    bound,
    cardinality,
    slots,
    sync,
    ...(inner !== undefined && { explains: { inner } }),
    ...(loses !== undefined && { loses }),
    ...(catches !== undefined && { catches }),
    ...(bulk !== undefined && { bulk }),
    create,
  }
}
