import { inputsOf, type PlanNode, type SinkNode } from '../../kernel/plan.ts'

/** The flows that a component has made: where they end. */
export interface Made {
  readonly inputs: ReadonlySet<PlanNode>
  readonly ends: readonly PlanNode[]
  readonly sinks: readonly SinkNode[]
}

/** The copy of a node. */
export type Named = <N extends PlanNode>(node: N) => N

/**
 * Gives the stages of a component its name: the only one just this, several a name of their own behind it
 * (`rank/mapAsync`). Nodes never change: what is returned finds the copy of an end or of a sink.
 */
export function named(component: string, made: Made): Named {
  const nodes = new Set<PlanNode>()
  for (const end of [...made.sinks, ...made.ends]) collect(end, made, nodes)
  const feeds = new Map<PlanNode, PlanNode>()
  for (const node of nodes) for (const input of inputsOf(node)) feeds.set(input, node)
  const names = new Map<PlanNode, string>()
  for (const node of nodes) {
    const own = ownName(node, feeds.get(node), nodes)
    if (own !== undefined) names.set(node, own)
  }
  const copies = new Map<PlanNode, PlanNode>()
  const copyOf: Named = (node) => (copies.get(node) ?? node) as typeof node
  for (const node of nodes) {
    const own = names.get(node)
    const name = own === undefined ? node.name : names.size === 1 ? component : `${component}/${own}`
    copies.set(node, copied(node, name, copyOf))
  }
  return copyOf
}

function copied(node: PlanNode, name: string, copyOf: Named): PlanNode {
  switch (node.type) {
    case 'source':
    case 'firehose':
      return { ...node, name }
    case 'junction':
      return { ...node, name, inputs: node.inputs.map((input) => copyOf(input)) }
    case 'outlet':
      return { ...node, of: copyOf(node.of) }
    case 'edge':
      return { ...node, name, input: copyOf(node.input), options: { ...node.options, name } }
    case 'durable':
      return node.input === undefined ? node : { ...node, input: copyOf(node.input) }
    default:
      return { ...node, name, input: copyOf(node.input) }
  }
}

/** The nodes of a component, inputs first. Outlets of a junction that is not of its own may be used elsewhere, so they stay. */
function collect(node: PlanNode, made: Made, nodes: Set<PlanNode>): void {
  if (made.inputs.has(node) || nodes.has(node)) return
  if (node.type === 'outlet' && ![...nodesAbove(node)].some((above) => made.inputs.has(above))) return
  for (const input of inputsOf(node)) collect(input, made, nodes)
  nodes.add(node)
}

/** A node and everything that feeds it. */
export function nodesAbove(node: PlanNode): Set<PlanNode> {
  const above = new Set([node])
  // A set is walked on over what is added meanwhile.
  for (const at of above) for (const input of inputsOf(at)) above.add(input)
  return above
}

/** What a node is called by itself, if it is one that stands for a stage. */
function ownName(node: PlanNode, fed: PlanNode | undefined, nodes: ReadonlySet<PlanNode>): string | undefined {
  switch (node.type) {
    case 'operator': {
      // A chain of operators is one stage, called by its last; the name that somebody gave to one of them is kept.
      if (fed?.type === 'operator' && nodes.has(fed)) return undefined
      const labels: string[] = []
      for (let at: PlanNode = node; at.type === 'operator'; at = at.input) {
        if (at.name !== at.operator.name) return at.name
        labels.unshift(at.name)
      }
      return labels.join(' · ')
    }
    case 'source':
    case 'firehose':
      return fed?.type === 'operator' && nodes.has(fed) ? undefined : node.name
    case 'junction':
      // A store finds again what is kept under this name.
      return node.kind === 'spill' ? undefined : node.name
    case 'edge':
      return node.name
    case 'sink':
      return node.fused && nodes.has(node.input) && node.input.type === 'operator' ? undefined : node.name
    default:
      return undefined
  }
}
