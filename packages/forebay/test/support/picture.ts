import type { EdgeSnapshot, MemorySnapshot, Snapshot, StageSnapshot } from '../../src/kernel/snapshot.ts'
import { snapshotAt } from './snapshot-pair.ts'

export interface PictureSketch {
  /** By id; a stage starves unless `slotsIn` says otherwise. */
  stages: Record<string, Partial<StageSnapshot>>
  /** By `from>to`; an edge is empty, promises its 8 places, and nobody wants anything from it. */
  edges: Record<string, Partial<EdgeSnapshot>>
  gates?: string[]
  memory?: Partial<MemorySnapshot>
  over?: Partial<Snapshot>
}

/** One snapshot of a flow. Ids and names are the keys of the sketch; what `share` needs is filled in. */
export function picture({ stages, edges, gates = [], memory, over }: PictureSketch): Snapshot {
  const plain = snapshotAt(
    {
      stages: Object.fromEntries(Object.keys(stages).map((id) => [id, {}])),
      edges: Object.fromEntries(Object.keys(edges).map((id) => [id, {}])),
      gates: Object.fromEntries(gates.map((id) => [id, {}])),
    },
    0,
  )
  return {
    ...plain,
    stages: plain.stages.map((stage) => ({
      ...stage,
      id: stage.name,
      slotsIn: [0, 0, 1, 0] as const,
      ...stages[stage.name],
    })),
    edges: plain.edges.map((edge) => {
      const [from, to] = edge.name.split('>') as [string, string]
      return { ...edge, id: edge.name, from, to, capacity: 8, credit: 8, wanted: 0, ...edges[edge.name] }
    }),
    gates: plain.gates.map((gate) => ({ ...gate, id: gate.name })),
    memory: { heldBytes: 0, budgetBytes: 0, ...memory },
    ...over,
  }
}
