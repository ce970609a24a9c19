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
  if (single && plan.sinks.length === 1) return 'single'
  return nodes.some(changesCount) ? 'leases' : 'counts'
}

function changesCount(node: PlanNode): boolean {
  if (node.type === 'durable') return true
  if (node.type === 'junction') return node.cardinality === 'many' || node.cardinality === 'join'
  if (node.type !== 'operator' || node.operator.kind !== 'stateful') return false
  return node.operator.cardinality === 'many' || node.operator.cardinality === 'join'
}
