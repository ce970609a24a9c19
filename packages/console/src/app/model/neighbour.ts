import type { FlowTopology } from '../../wire/topology.ts'

export type Direction = 'left' | 'right' | 'up' | 'down'

interface Place {
  readonly x: number
  readonly y: number
}

/**
 * Where an arrow key leads from `id`: along the flow to the next edge, gate or stage, and across it to the nearest
 * thing above or below. `undefined` where there is nothing.
 */
export function neighbour(
  flow: FlowTopology,
  places: ReadonlyMap<string, Place>,
  id: string,
  direction: Direction,
): string | undefined {
  if (direction === 'right') return nearest(places, id, ahead(flow, id))
  if (direction === 'left') return nearest(places, id, behind(flow, id))
  const here = places.get(id)
  if (here === undefined) return undefined
  const sign = direction === 'down' ? 1 : -1
  const beyond = [...places].filter(([other, place]) => other !== id && (place.y - here.y) * sign > 4)
  const far = ([, place]: [string, Place]): number => Math.abs(place.y - here.y) + 2 * Math.abs(place.x - here.x)
  return beyond.toSorted((a, b) => far(a) - far(b))[0]?.[0]
}

function ahead(flow: FlowTopology, id: string): string[] {
  if (flow.stages.some((stage) => stage.id === id)) return flow.edges.filter((e) => e.from === id).map((e) => e.id)
  const edge = flow.edges.find((candidate) => candidate.id === id)
  if (edge === undefined) return flow.stages.filter((stage) => stage.gates.includes(id)).map((stage) => stage.id)
  const gate = flow.stages.find((stage) => stage.id === edge.to)?.gates[0]
  return [gate ?? edge.to]
}

function behind(flow: FlowTopology, id: string): string[] {
  const edge = flow.edges.find((candidate) => candidate.id === id)
  if (edge !== undefined) return [edge.from]
  const stage = flow.stages.find((candidate) => candidate.id === id)
  if (stage?.gates[0] !== undefined) return [stage.gates[0]]
  const targets = stage === undefined ? flow.stages.filter((s) => s.gates.includes(id)).map((s) => s.id) : [id]
  return flow.edges.filter((e) => targets.includes(e.to)).map((e) => e.id)
}

function nearest(places: ReadonlyMap<string, Place>, id: string, candidates: readonly string[]): string | undefined {
  const here = places.get(id)?.y ?? 0
  const far = (other: string): number => Math.abs((places.get(other)?.y ?? 0) - here)
  return candidates.toSorted((a, b) => far(a) - far(b))[0]
}
