import { show } from '../kernel/check.ts'
import type { JunctionNode, PlanNode, SinkNode } from '../kernel/plan.ts'
import type { Flow } from './flow.ts'
import { Stages } from './stages.ts'

/** The flow behind a junction that takes in all of `flows`; what runs at the side of any of them runs at its side. */
export function joinFlows<U>(
  name: string,
  flows: readonly Stages<any>[],
  make: (inputs: readonly PlanNode[]) => JunctionNode,
  derive: (node: PlanNode, sides: readonly SinkNode[]) => Flow<U>,
): Flow<U> {
  if (flows.length === 0) throw new RangeError(`${name}: expected at least one flow, got none`)
  for (const flow of flows) {
    if (!(flow instanceof Stages)) throw new TypeError(`${name}: expected flows, got ${show(flow)}`)
  }
  const sides = new Set<SinkNode>(flows.flatMap((flow) => flow.sides))
  return derive(make(flows.map(({ node }) => node)), [...sides])
}
