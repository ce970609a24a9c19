import type { EdgeSnapshot, Snapshot, StageSnapshot } from '../kernel/snapshot.ts'

/**
 * Who waits on whom in a running flow, one line per edge, upstream first:
 *
 *   flow is running
 *   source ⇒ buffer(10) 10/10 ⇒ sink: source waits for room, which sink makes
 */
export function waitGraph(snapshot: Snapshot): string {
  const stages = new Map(snapshot.stages.map((stage) => [stage.id, stage]))
  const lines = snapshot.edges.map((edge) => `  ${showEdge(edge, stages)}`)
  const busy = snapshot.stages
    .filter((stage) => stage.inFlight > 0)
    .map((stage) => `  ${stage.name} holds ${stage.inFlight}`)
  return [`${snapshot.flow} is ${snapshot.state}`, ...lines, ...busy].join('\n')
}

function showEdge(edge: EdgeSnapshot, stages: ReadonlyMap<string, StageSnapshot>): string {
  const from = stages.get(edge.from)?.name ?? 'outside'
  const to = stages.get(edge.to)?.name ?? 'outside'
  const credit = edge.credit >= 0x1fffffff ? 'credit without end' : `credit ${edge.credit}`
  const head =
    edge.capacity === 0 ? `${from} ⇒ ${to}` : `${from} ⇒ ${edge.name} ${edge.length}/${edge.capacity} ⇒ ${to}`
  return `${head} (${credit}): ${waiting(edge, from, to)}`
}

function waiting(edge: EdgeSnapshot, from: string, to: string): string {
  if (edge.length > 0) {
    const held = `${to} has not taken what is held`
    return edge.credit === 0 ? `${from} waits for room, ${held}` : held
  }
  if (edge.credit === 0) return `${from} waits for credit of ${to}`
  return `${to} waits for items of ${from}`
}
