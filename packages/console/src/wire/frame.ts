import type {
  EdgeSnapshot,
  FlowLedger,
  GateSnapshot,
  Histogram,
  ScaleReport,
  Snapshot,
  StageSnapshot,
  Verdict,
} from 'forebay/observe'
import type { Pane } from '../console-source.ts'
import { decodeGate, encodeGate } from './gate-row.ts'
import type { GateRow } from './gate-row.ts'
import { long, short } from './numbers.ts'
import type { EdgeTopology, FlowTopology, StageTopology } from './topology.ts'

/** One sample on the wire: numbers in fixed places, names in the topology. About 60 bytes a stage. */
export interface Frame {
  /** {@link Topology.id} that gives the rows their names. */
  readonly topology: string
  readonly wall: number
  readonly flows: readonly FlowFrame[]
  readonly panes?: readonly Pane[]
  /** What the process of the flow itself uses of its heap, MB; sent beside panes. */
  readonly heapMb?: number
}

type Counts = Readonly<Record<string, number>>
type ScaleRow = readonly [min: number, max: number, pressure: number, wouldHelp: boolean, reason: string]
type RungRow = readonly [name: string, index: number, of: number, changes: number]
/** What only some stages have comes last. */
type StageRow = readonly [
  numbers: readonly number[],
  counts: readonly number[],
  shares: readonly number[],
  discarded: Counts,
  scale?: ScaleRow | null,
  rung?: RungRow,
]
type EdgeRow = readonly [numbers: number[], dropped: Counts]

export interface FlowFrame {
  readonly at: number
  readonly state: Snapshot['state']
  readonly loop: readonly [activeMs: number, idleMs: number, maxDelayMs: number]
  readonly stages: readonly StageRow[]
  readonly edges: readonly EdgeRow[]
  readonly gates: readonly GateRow[]
  readonly ledger: FlowLedger
  readonly balanced: boolean
  readonly heldBytes: number
  /** Of memory that several runs share. */
  readonly share?: Snapshot['memory']['share']
  readonly why?: Verdict
  /** What an autoscaler is told; not sent of what is over. */
  readonly scale?: ScaleReport
}

export function encodeFlow(snapshot: Snapshot, why: Verdict | undefined, scale?: ScaleReport): FlowFrame {
  const { loop } = snapshot
  return {
    at: short(snapshot.at),
    state: snapshot.state,
    loop: [short(loop.activeMs), short(loop.idleMs), short(loop.maxDelayMs)],
    stages: snapshot.stages.map(encodeStage),
    edges: snapshot.edges.map(encodeEdge),
    gates: snapshot.gates.map(encodeGate),
    ledger: snapshot.ledger,
    balanced: snapshot.balanced,
    heldBytes: snapshot.memory.heldBytes,
    ...(snapshot.memory.share !== undefined && { share: snapshot.memory.share }),
    ...(why !== undefined && { why }),
    ...(scale !== undefined && { scale }),
  }
}

/** The snapshot that was encoded, to a hundredth. `wall` is the frame's. */
export function decodeFlow(topology: FlowTopology, frame: FlowFrame, wall: number): Snapshot {
  const [activeMs, idleMs, maxDelayMs] = frame.loop
  return {
    version: 1,
    flow: topology.flow,
    run: topology.run,
    at: frame.at,
    wall,
    state: frame.state,
    loop: { activeMs, idleMs, maxDelayMs },
    stages: topology.stages.map((stage, i) => decodeStage(stage, frame.stages[i]!)),
    edges: topology.edges.map((edge, i) => decodeEdge(edge, frame.edges[i]!)),
    gates: topology.gates.map((gate, i): GateSnapshot => ({ id: gate.id, ...decodeGate(gate, frame.gates[i]!) })),
    ledger: frame.ledger,
    balanced: frame.balanced,
    memory: {
      heldBytes: frame.heldBytes,
      budgetBytes: topology.budgetBytes,
      ...(frame.share !== undefined && { share: frame.share }),
    },
  }
}

function encodeStage(stage: StageSnapshot): StageRow {
  const numbers = [
    stage.slots,
    stage.busyMs,
    stage.blockedMs,
    stage.starvedMs,
    stage.gatedMs,
    stage.cpuMs,
    stage.in,
    stage.settled,
    stage.failed,
    stage.inFlight,
    stage.emitted,
    stage.retried,
    stage.service.sum,
  ]
  const shares = stage.operators.map((operator) => short(operator.share))
  const row = [numbers.map(short), [...stage.service.counts], shares, stage.discarded] as const
  const { scale, rung } = stage
  if (rung !== undefined)
    return [...row, scale === undefined ? null : encodeScale(scale), [rung.name, rung.index, rung.of, rung.changes]]
  return scale === undefined ? row : [...row, encodeScale(scale)]
}

function encodeScale({ min, max, pressure, wouldHelp, reason }: NonNullable<StageSnapshot['scale']>): ScaleRow {
  return [min, max, short(pressure), wouldHelp, reason]
}

function decodeStage(topology: StageTopology, row: StageRow): StageSnapshot {
  const [numbers, counts, shares, discarded, scale, rung] = row
  const at = (i: number): number => long(numbers[i])
  const service: Histogram = { bounds: topology.bounds, counts, sum: at(12) }
  return {
    id: topology.id,
    name: topology.name,
    kind: topology.kind,
    operators: topology.operators.map((name, i) => ({ name, share: shares[i] ?? 0 })),
    slots: at(0),
    sync: topology.sync,
    busyMs: at(1),
    blockedMs: at(2),
    starvedMs: at(3),
    gatedMs: at(4),
    cpuMs: at(5),
    in: at(6),
    settled: at(7),
    failed: at(8),
    discarded,
    inFlight: at(9),
    emitted: at(10),
    retried: at(11),
    service,
    gates: topology.gates,
    ...(topology.site !== undefined && { site: topology.site }),
    ...(scale !== undefined && scale !== null && { scale: decodeScale(scale) }),
    ...(rung !== undefined && { rung: decodeRung(rung) }),
  }
}

function decodeScale([min, max, pressure, wouldHelp, reason]: ScaleRow): StageSnapshot['scale'] {
  return { min, max, pressure: long(pressure), wouldHelp, reason }
}

function decodeRung([name, index, of, changes]: RungRow): StageSnapshot['rung'] {
  return { name, index, of, changes }
}

function encodeEdge(edge: EdgeSnapshot): EdgeRow {
  const numbers = [edge.length, edge.bytes, edge.credit, edge.put, edge.taken, edge.oldestMs, edge.blockedMs]
  return [numbers.map(short), edge.dropped]
}

function decodeEdge(topology: EdgeTopology, [numbers, dropped]: EdgeRow): EdgeSnapshot {
  const at = (i: number): number => long(numbers[i])
  return {
    ...topology,
    length: at(0),
    bytes: at(1),
    credit: at(2),
    put: at(3),
    taken: at(4),
    dropped,
    oldestMs: at(5),
    blockedMs: at(6),
  }
}
