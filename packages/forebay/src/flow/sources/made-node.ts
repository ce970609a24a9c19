import { show } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { PlanNode } from '../../kernel/plan.ts'
import { Flow } from '../flow.ts'

/** The plan of a flow that a user's function has made while the run goes on; throws when it cannot be part of it. */
export function madeNode(name: string, flow: unknown): PlanNode {
  if (!(flow instanceof Flow)) throw new TypeError(`${name}: expected a flow, got ${show(flow)}`)
  if (flow.sides.length > 0) {
    throw new ForebayError('FOREBAY_UNSUPPORTED', `${name}: the flow may not have side branches`)
  }
  return flow.node
}
