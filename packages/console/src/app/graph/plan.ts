import type { EdgeTopology, FlowTopology } from '../../wire/topology.ts'

/** The graph as the layout sees it: boxes of known size, and edges with room for their labels. */
export interface LayoutPlan {
  readonly direction: 'LR' | 'TB'
  readonly nodes: readonly PlannedNode[]
  readonly edges: readonly PlannedEdge[]
}

export interface PlannedNode {
  readonly id: string
  readonly width: number
  readonly height: number
}

interface PlannedEdge {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly width: number
  readonly height: number
  /** How much it matters that the edge is short and straight. */
  readonly weight: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** Where everything goes. `x` and `y` are centres. */
export interface Layout {
  readonly direction: 'LR' | 'TB'
  readonly width: number
  readonly height: number
  readonly nodes: readonly (PlannedNode & Point)[]
  readonly edges: readonly (PlannedEdge & { readonly label: Point; readonly points: readonly Point[] })[]
}

const sizes = {
  LR: { box: { width: 148, height: 116 }, label: { width: 88, height: 58 }, valve: 156 },
  TB: { box: { width: 116, height: 122 }, label: { width: 104, height: 42 }, valve: 150 },
} as const

/** Height of one gate in the box of valves in front of a stage, and of the box's edges. */
const valveRow = 32
const valvePadding = 6

/**
 * Puts the gates that a stage asks where they act: as a node of valves on the way into it. Such a node is called
 * `valves:<stage>`, and the piece of pipe behind it `inlet:<stage>`.
 */
export function layoutPlan(flow: FlowTopology, direction: 'LR' | 'TB'): LayoutPlan {
  const { box, label, valve } = sizes[direction]
  const gated = flow.stages.filter((stage) => stage.gates.length > 0)
  const entrance = new Map(gated.map((stage) => [stage.id, `valves:${stage.id}`]))
  const depth = depths(flow)
  const rows = (ids: readonly string[]): number =>
    flow.gates.filter((gate) => ids.includes(gate.id)).reduce((sum, gate) => sum + Math.max(1, gate.parts.length), 0)
  return {
    direction,
    nodes: [
      ...flow.stages.map(({ id }) => ({ id, ...box })),
      ...gated.map((stage) => ({
        id: `valves:${stage.id}`,
        width: valve,
        height: Math.max(1, rows(stage.gates)) * valveRow + valvePadding * 2,
      })),
    ],
    edges: [
      ...mainInTheMiddle(flow.edges, depth).map(({ id, from, to }) => ({
        id,
        from,
        to: entrance.get(to) ?? to,
        ...label,
        weight: depth.get(to)!,
      })),
      ...gated.map(({ id }) => ({
        id: `inlet:${id}`,
        from: `valves:${id}`,
        to: id,
        width: 0,
        height: 0,
        weight: depth.get(id)!,
      })),
    ],
  }
}

/**
 * How many edges lie on the longest way from each stage to an end, at least 1, squared: pulled by it, the main line
 * of the flow comes out straight and its branches leave it. Cycles are cut where they close.
 */
function depths(flow: FlowTopology): Map<string, number> {
  const known = new Map<string, number>()
  const visit = (id: string): number => {
    const seen = known.get(id)
    if (seen !== undefined) return seen
    known.set(id, 0)
    const depth = 1 + Math.max(0, ...flow.edges.filter(({ from }) => from === id).map(({ to }) => visit(to)))
    known.set(id, depth)
    return depth
  }
  for (const { id } of flow.stages) visit(id)
  return new Map([...known].map(([id, depth]) => [id, depth ** 2]))
}

/** Edges out of one stage, ordered so that the one with most behind it lies between the others, where it stays straight. */
function mainInTheMiddle(edges: readonly EdgeTopology[], depth: ReadonlyMap<string, number>): EdgeTopology[] {
  const sources = [...new Set(edges.map(({ from }) => from))]
  return sources.flatMap((source) => {
    const sorted = edges.filter(({ from }) => from === source).toSorted((a, b) => depth.get(a.to)! - depth.get(b.to)!)
    const above = sorted.filter((_edge, i) => i % 2 === 0)
    const below = sorted.filter((_edge, i) => i % 2 === 1).toReversed()
    return [...above, ...below]
  })
}
