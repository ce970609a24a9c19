import { checkInteger } from '../kernel/check.ts'
import { milliseconds, type Duration } from '../kernel/duration.ts'
import type { JunctionNode, PlanNode } from '../kernel/plan.ts'
import { MapBatches } from './map-batches.ts'
import { workOptions, type WorkContext, type WorkOptions } from './work-options.ts'

/** Options of `mapBatches`. `concurrency` counts calls; a gate's `cost` and `key` are asked per item and per call. */
export interface MapBatchesOptions<A, B> extends Omit<WorkOptions<A>, 'order' | 'buffer' | 'key'> {
  /** Items in a call, at most. */
  items: number
  /** How long the first item of a call waits for more; default 5 ms. A full call goes at once. */
  within?: Duration
  /** `input` (default): items leave in their order; `completion`: call by call as they come. */
  order?: 'input' | 'completion'
  /** Answers a whole call at once while the gate's breaker is open, and instead of its last error. */
  fallback?: (items: readonly A[], error: unknown) => readonly (B | Error)[]
}

/** Works on several items in one call. The answer has one result per item, in order; an `Error` fails that item alone. */
export type BatchWork<A, B> = (
  items: readonly A[],
  work: WorkContext,
) => PromiseLike<readonly (B | Error)[]> | readonly (B | Error)[]

/** The plan of batched work on single items; see `Flow.mapBatches`. */
export function mapBatchesNode<A, B>(
  input: PlanNode,
  fn: BatchWork<A, B>,
  options: MapBatchesOptions<A, B>,
): JunctionNode {
  const { items, within, fallback, ...rest } = options
  checkInteger('items', items, 1, 65_536)
  const work = workOptions<A>('mapBatches', rest)
  const withinMs = within === undefined ? 5 : milliseconds('within', within)
  return {
    type: 'junction',
    kind: 'mapBatches',
    name: work.name,
    inputs: [input],
    bound: items * (work.concurrency + 1),
    cardinality: 'one',
    slots: work.concurrency,
    sync: false,
    create: (env, stage) => new MapBatches(fn, work, { items, withinMs, fallback }, env, stage),
  }
}
