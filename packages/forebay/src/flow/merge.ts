import type { JunctionNode, PlanNode } from '../kernel/plan.ts'
import { Flow } from './flow.ts'
import { joinFlows } from './join-flows.ts'
import { mergeNode, type MergeOptions } from './junctions/merge.ts'

/**
 * The items of all `flows`, as they come and in turn; `flow.merge(...)` with options: how far each may be ahead,
 * and whether the first end is the end.
 *
 * Emits: when an input has an item. Backpressures: each input when it is `prefetch` ahead. Completes: when all inputs
 * have, or the first with `eagerComplete`. Cancels: when downstream cancels; the other inputs when one fails.
 * Loses: nothing.
 */
export function merge<T>(flows: readonly Flow<T>[], options: MergeOptions = {}): Flow<T> {
  const make = (inputs: readonly PlanNode[]): JunctionNode => mergeNode(inputs, options)
  return joinFlows('merge', flows, make, (node, sides) => new Flow<T>(node, sides))
}
