import { checkFunction, checkInteger, show } from '../kernel/check.ts'
import type { Overflow } from '../kernel/overflow.ts'
import type { JunctionNode, PlanNode, SinkNode } from '../kernel/plan.ts'
import { edgeOptions } from './edge-options.ts'
import { Edges } from './edges.ts'
import type { Flow } from './flow.ts'
import { broadcastNode } from './junctions/broadcast.ts'
import { concatNode } from './junctions/concat.ts'
import { mergeNode } from './junctions/merge.ts'
import { partitionNode } from './junctions/partition.ts'
import { zipNode } from './junctions/zip.ts'
import { joinFlows } from './join-flows.ts'
import { partFlow } from './part-flow.ts'
import type { Program } from './program.ts'
import { forEachSink } from './sinks/for-each.ts'

/** What a branch of a flow becomes: a program of its own, or a flow that is merged with those of the other branches. */
export type Branch<T, U> = (flow: Flow<T>) => Flow<U> | Program<any>

/** How far a `wiretap` may lag. */
export interface WiretapOptions {
  /** Items that may wait for it; default 16. */
  items?: number
  /** What happens when it lags further; default `drop-newest`. */
  overflow?: Exclude<Overflow, 'backpressure' | 'spill' | 'latest' | 'fail'>
  name?: string
}

/** What several flows can do together: flow into one, or part. */
export abstract class Branches<T> extends Edges<T> {
  /**
   * The items of this flow and of `others`, as they come and in turn: none can keep the others out. With options:
   * `merge([a, b], { prefetch })` of forebay/operators.
   *
   * Emits: when an input has an item. Backpressures: each input when downstream does and its place is taken.
   * Completes: when all inputs have. Cancels: when downstream cancels; the other inputs when one fails. Loses: nothing.
   */
  merge<U>(...others: Flow<U>[]): Flow<T | U> {
    return this.#join<T | U>('merge', others, mergeNode)
  }

  /**
   * This flow, then each of `others` after the one before it has completed.
   *
   * Emits: when the present input does. Backpressures: when downstream does; inputs whose turn has not come get no
   * credit. Completes: when the last input has. Cancels: when downstream cancels, or an input fails. Loses: nothing.
   */
  concat<U>(...others: Flow<U>[]): Flow<T | U> {
    return this.#join<T | U>('concat', others, concatNode)
  }

  /**
   * One item of each flow at a time, as an array; none runs further ahead of the slowest than downstream wants arrays,
   * and by 64 items at most.
   *
   * Emits: when every input has an item. Backpressures: when downstream does. Completes: when an input has completed
   * and none of its items waits. Cancels: when downstream cancels; the other inputs when one is over. Loses: items
   * that wait for a partner that will never come, with the reason `unpaired`; they are returned.
   */
  zip<U extends unknown[]>(...others: { [K in keyof U]: Flow<U[K]> }): Flow<[T, ...U]> {
    return this.#join<[T, ...U]>('zip', others, zipNode)
  }

  /**
   * Every item to every branch. The slowest branch sets the pace, unless it begins with a buffer and a policy:
   * `flow => flow.buffer(100, 'drop-oldest').to(slow)`. Branches that end in sinks make one program; those that
   * stay flows are merged into the flow that is returned, and the others run beside it.
   *
   * Emits: when every branch wants an item. Backpressures: when any branch does. Completes: when upstream completes.
   * Cancels: when all branches have cancelled; a branch that cancels alone is left out from then on. Loses: nothing;
   * a branch that fails by itself, fails the flow at once. A failure above them all comes after what each holds.
   */
  broadcast<R extends unknown[]>(...branches: { [K in keyof R]: (flow: Flow<T>) => Program<R[K]> }): Program<R>
  broadcast<U>(...branches: Branch<T, U>[]): Flow<U>
  broadcast(...branches: Branch<T, any>[]): Flow<any> | Program<any> {
    return this.#part('broadcast', branches, broadcastNode(this.node, branches.length))
  }

  /**
   * Every item to the branch whose number `pick` returns, from 0. Branches end or are merged as with `broadcast`.
   *
   * Emits: when the branch of the item wants it. Backpressures: while an item waits for its branch, whatever the
   * others want. Completes: when upstream completes. Cancels: when all branches have cancelled. Loses: items for a
   * branch that has cancelled, with the reason `branch-closed`.
   */
  partition<R extends unknown[]>(
    pick: (value: T) => number,
    ...branches: { [K in keyof R]: (flow: Flow<T>) => Program<R[K]> }
  ): Program<R>
  partition<U>(pick: (value: T) => number, ...branches: Branch<T, U>[]): Flow<U>
  partition(pick: (value: T) => number, ...branches: Branch<T, any>[]): Flow<any> | Program<any> {
    checkFunction('pick', pick)
    return this.#part('partition', branches, partitionNode(this.node, branches.length, pick))
  }

  /**
   * The items for which `when` is truthy leave the flow through `branch`; the others go on.
   *
   * Emits: when an item that stays arrives. Backpressures: when downstream does, or a diverted item waits for its
   * branch. Completes: when upstream completes. Cancels: when both ways have cancelled. Loses: diverted items once
   * their branch has cancelled, with the reason `branch-closed`.
   */
  divert(when: (value: T) => unknown, branch: (flow: Flow<T>) => Program<any>): Flow<T> {
    checkFunction('when', when)
    const node = partitionNode(this.node, 2, (value: T) => (when(value) ? 1 : 0), 'divert')
    return this.#part('divert', [(flow) => flow, branch], node) as Flow<T>
  }

  /**
   * Shows each item to `look` as well, one at a time, without ever holding the flow back: `look` may return a
   * promise, and misses items when it lags. An error in it fails the flow
   * at once; one above it is left to the flow.
   *
   * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes. Cancels:
   * when downstream cancels; `look` then gets what waits for it, and no more. Loses: nothing of the flow; what `look`
   * misses is counted by policy.
   */
  wiretap(look: (value: T) => unknown, options: WiretapOptions = {}): Flow<T> {
    const { overflow = 'drop-newest', name = 'wiretap', items = 16 } = options
    checkInteger('items', items, 1)
    if (['backpressure', 'spill', 'latest', 'fail'].includes(overflow)) {
      throw new RangeError(`wiretap overflow: expected a policy that drops, got ${show(overflow)}`)
    }
    const write = checkFunction('wiretap', look)
    const node = broadcastNode(this.node, 2, name, 0)
    const input: PlanNode = { type: 'outlet', name, of: node, index: 1 }
    const edge: PlanNode = { type: 'edge', name, input, options: edgeOptions({ items, overflow, name }) }
    const side = forEachSink(edge, name, { write: (value: T) => write(value) }, 1)
    const quiet: SinkNode = {
      ...side,
      create: (env, stage) => {
        const sink = side.create(env, stage)
        sink.fail = () => sink.complete() // the flow that it looks at tells a failure above them both
        return sink
      },
    }
    return this.derive<T>({ type: 'outlet', name, of: node, index: 0 }, [...this.sides, quiet])
  }

  #join<U>(name: string, others: readonly Flow<any>[], make: (inputs: readonly PlanNode[]) => JunctionNode): Flow<U> {
    return joinFlows(name, [this, ...others], make, (node, sides) => this.derive<U>(node, sides))
  }

  #part(name: string, branches: readonly Branch<T, any>[], of: JunctionNode): Flow<any> | Program<any> {
    return partFlow(name, this.sides, branches, of, (node, sides) => this.derive(node, sides))
  }
}
