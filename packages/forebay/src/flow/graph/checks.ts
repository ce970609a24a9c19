import { ForebayError } from '../../kernel/errors.ts'
import { inputsOf, type PlanNode } from '../../kernel/plan.ts'
import { nodesAbove, type Made } from './naming.ts'

/**
 * Every flow of a component is used once: a second use would build it a second time, and one that is not used would
 * never be asked for anything. `inputs` has the inputs by the names of their ports.
 */
export function checkUses(component: string, inputs: ReadonlyMap<string, PlanNode>, { ends, sinks }: Made): void {
  const users = new Map<PlanNode, number>()
  const use = (node: PlanNode): void => {
    users.set(node, (users.get(node) ?? 0) + 1)
  }
  for (const end of ends) use(end)
  const nodes = new Set([...ends, ...sinks].flatMap((end) => [...nodesAbove(end)]))
  for (const node of nodes) for (const input of inputsOf(node)) if (node.type !== 'outlet') use(input)
  for (const [name, node] of inputs) {
    if (!users.has(node)) {
      throw new ForebayError('FOREBAY_GRAPH', `${component}: its input '${name}' is not used by what it returns`)
    }
  }
  const given = new Set(inputs.values())
  for (const [node, count] of users) {
    if (count < 2 || ![...nodesAbove(node)].some((above) => given.has(above))) continue
    throw new ForebayError(
      'FOREBAY_GRAPH',
      `${component}: the flow behind '${node.name}' is used ${count} times: part it with broadcast`,
    )
  }
}
