import { cardinalityOf } from './operator.ts'
import { nodesOf, type Plan, type PlanNode } from './plan.ts'

/**
 * How source records are to be counted (see `Totals`): `single` when the whole flow is one segment, where
 * a record is over when its turn is over; `counts` when one item is one record everywhere; else `leases`.
 */
export function needsLineage(plan: Plan): 'single' | 'counts' | 'leases' {
  const nodes = nodesOf(plan)
  const single = nodes.every(
    (node) => node.type === 'source' || node.type === 'operator' || (node.type === 'sink' && node.fused),
  )
  const isChanged = nodes.some(changesCount)
  // What is discarded may be a part of a record only.
  if (single && plan.sinks.length === 1 && !(isChanged && nodes.some(loses))) return 'single'
  return isChanged ? 'leases' : 'counts'
}

/** Whether something in a plan may split leases, or keep one inside another, without asking for one of its own. */
export function splitsLeases(nodes: readonly PlanNode[]): boolean {
  return nodes.some((node) => changesCount(node) && !('bulk' in (node.type === 'operator' ? node.operator : node)))
}

function loses(node: PlanNode): boolean {
  return node.type === 'operator' && node.operator.kind === 'stateful' && node.operator.loses !== undefined
}

function changesCount(node: PlanNode): boolean {
  if (node.type === 'durable') return true
  if (node.type !== 'junction' && node.type !== 'operator') return false
  const cardinality = node.type === 'junction' ? node.cardinality : cardinalityOf(node.operator)
  return cardinality === 'many' || cardinality === 'join'
}
