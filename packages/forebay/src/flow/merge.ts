import { show } from '../kernel/check.ts'
import type { SinkNode } from '../kernel/plan.ts'
import { Flow } from './flow.ts'
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
  if (flows.length === 0) throw new RangeError('merge: expected at least one flow, got none')
  for (const flow of flows) {
    if (!(flow instanceof Flow)) throw new TypeError(`merge: expected flows, got ${show(flow)}`)
  }
  const sides = new Set<SinkNode>(flows.flatMap((flow) => flow.sides))
  return new Flow<T>(
    mergeNode(
      flows.map(({ node }) => node),
      options,
    ),
    [...sides],
  )
}
