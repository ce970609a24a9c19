import type { EdgeOptions } from '../edge-options.ts'
import { mayLose, type Overflow } from '../overflow.ts'
import { inputsOf, type JunctionNode, type Plan, type PlanNode } from '../plan.ts'
import { UNBOUNDED } from '../receiver.ts'

/** What is known about a flow before it runs. */
export interface Explanation {
  readonly flow: string
  readonly parts: readonly ExplainedPart[]
  /** Items that all parts together hold at worst; `Infinity` when a part is unbounded. */
  readonly worstItems: number
  /** Bytes at worst; `undefined` when a part is bounded by items alone. */
  readonly worstBytes: number | undefined
  readonly unbounded: readonly string[]
  /** Where items may be lost on purpose: by the policy of an edge, or as a stage was told to. */
  readonly losses: readonly { readonly part: string; readonly policy: string }[]
}

/** One place that holds items. */
export interface ExplainedPart {
  readonly name: string
  readonly kind: string
  readonly policy: Overflow
  readonly items: number
  readonly bytes: number | undefined
  readonly durable: boolean
  readonly note: string
  /** Flows of its own that it may run at once: each holds what its parts do, which is not known before it is made. */
  readonly inner?: number
  readonly site?: string
}

/** Reads a plan without running it. */
export function explainPlan(plan: Plan): Explanation {
  const nodes = usesOf(plan)
  const parts = nodes.flatMap(explainNode)
  const held = parts.filter((part) => !part.durable)
  const worstBytes = held.every((part) => part.bytes !== undefined)
    ? held.reduce((sum, part) => sum + (part.bytes ?? 0), 0)
    : undefined
  return {
    flow: plan.name,
    parts,
    worstItems: held.reduce((sum, part) => sum + part.items, 0),
    worstBytes,
    unbounded: parts.filter((part) => part.items === Infinity).map(({ name }) => name),
    losses: [
      ...parts.filter((part) => mayLose(part.policy)).map(({ name, policy }) => ({ part: name, policy })),
      ...nodes.flatMap((node) => {
        const policy = lossOf(node)
        return policy === undefined ? [] : [{ part: node.name, policy }]
      }),
    ],
  }
}

function lossOf(node: PlanNode): string | undefined {
  if (node.type === 'edge') return node.options.ttl && 'expired'
  const { loses } = (node.type === 'operator' ? node.operator : node) as { loses?: string }
  return loses
}

/** Every node once for each place it is used in, since each use is made anew; junctions with outlets once. */
function usesOf(plan: Plan): PlanNode[] {
  const nodes: PlanNode[] = []
  const shared = new Set<PlanNode>()
  const visit = (node: PlanNode): void => {
    if (node.type === 'outlet') {
      if (shared.has(node.of)) return
      shared.add(node.of)
    }
    for (const input of inputsOf(node)) visit(input)
    nodes.push(node)
  }
  for (const sink of plan.sinks) visit(sink)
  return nodes
}

function explainNode(node: PlanNode): ExplainedPart[] {
  const rest = { ...(node.site && { site: node.site }), ...(node as Partial<JunctionNode>).explains }
  const part = (
    kind: string,
    items: number,
    note: string,
    bytes?: number,
    policy: Overflow = 'backpressure',
    durable = false,
  ): ExplainedPart[] => (items === 0 ? [] : [{ name: node.name, kind, policy, items, bytes, durable, note, ...rest }])
  switch (node.type) {
    case 'edge': {
      const { items, bytes, overflow } = node.options
      const isUnbounded = items >= UNBOUNDED
      const text = isUnbounded ? 'backpressure is ignored on purpose: grows with the lag' : note(node.options)
      return part('edge', isUnbounded ? Infinity : items, text, bytes === Infinity ? undefined : bytes, overflow)
    }
    case 'durable': {
      const { items = 1_000_000, bytes = 1024 ** 3, overflow, window = 1024, prefetch = 1024 } = node.options
      return [
        ...part('durable edge', items, 'on disk', bytes, overflow, true),
        ...part('window', window + prefetch, 'unsettled, in memory'),
      ]
    }
    case 'operator':
      return node.operator.kind === 'stateful' ? part('operator', node.operator.bound, 'held inside the operator') : []
    case 'junction':
      return part(node.kind, node.bound, 'in flight, and finished but not handed over')
    case 'sink':
      return part('sink', node.bound, 'in flight')
    case 'source':
      return part('source', node.bound ?? 0, 'read ahead', node.boundBytes)
    default:
      return []
  }
}

function note({ overflow, bytes, ttl }: EdgeOptions): string {
  const age = ttl === undefined ? '' : `; none older than ${ttl.ms} ms`
  const over = bytes === Infinity ? age : `; one item may overshoot the bytes${age}`
  return overflow === 'backpressure' ? `the producer waits${over}` : `when full: ${overflow}${over}`
}
