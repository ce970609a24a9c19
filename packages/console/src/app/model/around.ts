import type { FlowTopology } from '../../wire/topology.ts'

/** Up to here a graph is drawn whole. */
export const mostLegible = 24
const shownAround = 12

/**
 * The part of a large flow around one thing: its stage, the way of the verdict's path nearest to it, and what lies
 * next to those, at most 12 stages. A flow of up to 24 stages is left whole.
 */
export function around(flow: FlowTopology, centre: string | undefined, path: readonly string[]): FlowTopology {
  if (flow.stages.length <= mostLegible) return flow
  const start = stageOf(flow, centre) ?? flow.stages[0]!.id
  const kept = new Set([start])
  const links = neighbours(flow)
  const at = Math.max(0, path.indexOf(start))
  const byDistance = path.toSorted((a, b) => Math.abs(path.indexOf(a) - at) - Math.abs(path.indexOf(b) - at))
  for (const id of byDistance) if (links.has(id) && kept.size < shownAround / 2) kept.add(id)
  for (const id of kept) {
    // A set gives what is added while it is walked, so this goes outwards ring by ring.
    for (const next of links.get(id) ?? []) if (kept.size < shownAround) kept.add(next)
  }
  return {
    ...flow,
    stages: flow.stages.filter(({ id }) => kept.has(id)),
    edges: flow.edges.filter(({ from, to }) => kept.has(from) && kept.has(to)),
  }
}

/** The stage that `id` is, or leads to, or that asks it. */
function stageOf(flow: FlowTopology, id: string | undefined): string | undefined {
  if (id === undefined) return undefined
  const stage = flow.stages.find((candidate) => candidate.id === id || candidate.gates.includes(id))
  return stage?.id ?? flow.edges.find((edge) => edge.id === id)?.to
}

function neighbours(flow: FlowTopology): Map<string, string[]> {
  const links = new Map<string, string[]>(flow.stages.map(({ id }) => [id, []]))
  for (const { from, to } of flow.edges) {
    links.get(from)?.push(to)
    links.get(to)?.push(from)
  }
  return links
}
