import { graphlib, layout } from '@dagrejs/dagre'
import type { Layout, LayoutPlan, Point } from './plan.ts'

/** Places a planned graph with dagre's layered layout (Gansner et al. 1993), sources first. Slow on large graphs. */
export function arrange(plan: LayoutPlan): Layout {
  const graph = new graphlib.Graph({ multigraph: true })
  const isWide = plan.direction === 'LR'
  graph.setGraph({ rankdir: plan.direction, nodesep: isWide ? 24 : 12, edgesep: 18, ranksep: isWide ? 28 : 52 })
  for (const { id, width, height } of plan.nodes) graph.setNode(id, { width, height })
  for (const { id, from, to, width, height, weight } of plan.edges)
    graph.setEdge(from, to, { width, height, weight, labelpos: 'c' }, id)
  layout(graph)
  const size = graph.graph() as { width?: number; height?: number }
  return {
    direction: plan.direction,
    width: size.width ?? 0,
    height: size.height ?? 0,
    nodes: plan.nodes.map((node) => {
      const { x, y } = graph.node(node.id) as Point
      return { ...node, x, y }
    }),
    edges: plan.edges.map((edge) => {
      const placed = graph.edge({ v: edge.from, w: edge.to, name: edge.id }) as {
        x?: number
        y?: number
        points: Point[]
      }
      const points = placed.points.map(({ x, y }) => ({ x, y }))
      const middle = points[Math.floor(points.length / 2)] ?? { x: 0, y: 0 }
      return { ...edge, points, label: { x: placed.x ?? middle.x, y: placed.y ?? middle.y } }
    }),
  }
}
