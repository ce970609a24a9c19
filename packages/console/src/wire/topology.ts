import type { GateInspection, Overflow, Snapshot } from 'forebay/observe'

/** What changes seldom: sent once, and again when it is different. Frames are arrays in the order given here. */
export interface Topology {
  /** A digest of `flows`; a frame carries the one that it was written for. */
  readonly id: string
  readonly flows: readonly FlowTopology[]
}

export interface FlowTopology {
  readonly flow: string
  readonly run: string
  readonly budgetBytes: number
  readonly stages: readonly StageTopology[]
  readonly edges: readonly EdgeTopology[]
  readonly gates: readonly (GateTopology & { readonly id: string })[]
}

export interface StageTopology {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly operators: readonly string[]
  readonly sync: boolean
  /** Upper bounds of the service-time histogram, ms. */
  readonly bounds: readonly number[]
  readonly gates: readonly string[]
  readonly site?: string
}

export interface EdgeTopology {
  readonly id: string
  readonly name: string
  readonly from: string
  readonly to: string
  readonly policy: Overflow
  readonly durable: boolean
  readonly capacity: number
  readonly capacityBytes: number
}

export interface GateTopology {
  readonly name: string
  readonly kind: GateInspection['kind']
  readonly unit: GateInspection['unit']
  readonly parts: readonly GateTopology[]
}

/** The part of each snapshot that a topology holds. */
export function flowTopologies(snapshots: readonly Snapshot[]): FlowTopology[] {
  return snapshots.map((snapshot) => ({
    flow: snapshot.flow,
    run: snapshot.run,
    budgetBytes: snapshot.memory.budgetBytes,
    stages: snapshot.stages.map((stage) => ({
      id: stage.id,
      name: stage.name,
      kind: stage.kind,
      operators: stage.operators.map((operator) => operator.name),
      sync: stage.sync,
      bounds: stage.service.bounds,
      gates: stage.gates,
      ...(stage.site !== undefined && { site: stage.site }),
    })),
    edges: snapshot.edges.map((edge) => ({
      id: edge.id,
      name: edge.name,
      from: edge.from,
      to: edge.to,
      policy: edge.policy,
      durable: edge.durable,
      capacity: edge.capacity,
      capacityBytes: edge.capacityBytes,
    })),
    gates: snapshot.gates.map((gate) => ({ id: gate.id, ...gateTopology(gate) })),
  }))
}

/** Without the keys of a keyed gate, which come and go. */
export function gateTopology({ name, kind, unit, parts = [] }: GateInspection): GateTopology {
  return { name, kind, unit, parts: kind === 'keyed' ? [] : parts.map(gateTopology) }
}
