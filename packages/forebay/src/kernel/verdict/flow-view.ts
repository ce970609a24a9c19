import { mayLose } from '../overflow.ts'
import type { EdgeSnapshot, Snapshot, StageSnapshot } from '../snapshot.ts'
import { gateView, type GateView } from './gate-view.ts'

/** What one stage did between two snapshots. Shares are of its slot time, 0–1. */
export interface StageView {
  readonly stage: StageSnapshot
  readonly busy: number
  readonly blocked: number
  readonly starved: number
  readonly gated: number
  /** Items whose work ended, per second; for a stage that takes none in, the items it gave out. */
  readonly rate: number
  /** Time on the event loop, as a share of the window. */
  readonly cpu: number
  /** That time by operator, largest first. */
  readonly operators: readonly { readonly name: string; readonly cpu: number }[]
  readonly inputs: EdgeView[]
  readonly outputs: EdgeView[]
}

/** What one edge did between two snapshots. */
export interface EdgeView {
  readonly edge: EdgeSnapshot
  readonly from: StageView
  readonly to: StageView
  /** Share of the slot time of `from` lost because of this edge. */
  readonly blocked: number
  /** Items per second offered, and dropped. */
  readonly putRate: number
  readonly dropRate: number
  /** Share of what was offered that the edge gained in length: 1 when nothing is taken out. */
  readonly growth: number
  readonly isLossy: boolean
}

/** Two snapshots of one run as differences, with the graph's links filled in. */
export interface FlowView {
  readonly after: Snapshot
  readonly windowMs: number
  readonly stages: readonly StageView[]
  readonly edges: readonly EdgeView[]
  readonly gates: ReadonlyMap<string, GateView>
  /** Share of the window in which the event loop was busy; `undefined` where nobody knows. */
  readonly loop: number | undefined
  /** Source records that were dropped in the window. */
  readonly dropped: number
  /** Share of the window in which a buffer waited for memory that is shared with other runs. */
  readonly memoryWait: number
}

/** Lays two snapshots over each other. O(stages + edges). Edges to stages that no snapshot holds are left out. */
export function flowView(before: Snapshot, after: Snapshot): FlowView {
  const windowMs = after.at - before.at
  const stagesBefore = new Map(before.stages.map((stage) => [stage.id, stage]))
  const edgesBefore = new Map(before.edges.map((edge) => [edge.id, edge]))
  const gatesBefore = new Map(before.gates.map((gate) => [gate.id, gate]))
  const stages = new Map(
    after.stages.map((stage) => [stage.id, stageView(stagesBefore.get(stage.id), stage, windowMs)] as const),
  )
  const edges: EdgeView[] = []
  for (const edge of after.edges) {
    const from = stages.get(edge.from)
    const to = stages.get(edge.to)
    if (from === undefined || to === undefined) continue
    const view = edgeView(edgesBefore.get(edge.id), edge, from, to, windowMs)
    edges.push(view)
    from.outputs.push(view)
    to.inputs.push(view)
  }
  const gates = after.gates.map((gate) => [gate.id, gateView(gatesBefore.get(gate.id), gate, windowMs)] as const)
  const all = [...stages.values()]
  const waitedMs = (after.memory.share?.waitedMs ?? 0) - (before.memory.share?.waitedMs ?? 0)
  return {
    after,
    windowMs,
    stages: all,
    edges,
    gates: new Map(gates),
    loop: loopShare(before, after, all),
    dropped: total(after.ledger.dropped) - total(before.ledger.dropped),
    memoryWait: clamp(waitedMs / windowMs),
  }
}

function stageView(before: StageSnapshot | undefined, stage: StageSnapshot, windowMs: number): StageView {
  const slotMs = windowMs * Math.max(1, stage.slots)
  const share = (now: number, then: number | undefined): number => clamp((now - (then ?? 0)) / slotMs)
  const finished = stage.in - stage.inFlight - ((before?.in ?? 0) - (before?.inFlight ?? 0))
  const emitted = stage.emitted - (before?.emitted ?? 0)
  const cpuBefore = new Map(before?.operators.map(({ name, share: part }) => [name, part * before.cpuMs]))
  const operators = stage.operators
    .map(({ name, share: part }) => ({
      name,
      cpu: clamp((part * stage.cpuMs - (cpuBefore.get(name) ?? 0)) / windowMs),
    }))
    .toSorted((a, b) => b.cpu - a.cpu)
  return {
    stage,
    busy: share(stage.busyMs, before?.busyMs),
    blocked: share(stage.blockedMs, before?.blockedMs),
    starved: share(stage.starvedMs, before?.starvedMs),
    gated: share(stage.gatedMs, before?.gatedMs),
    rate: ((finished > 0 ? finished : emitted) * 1000) / windowMs,
    cpu: clamp((stage.cpuMs - (before?.cpuMs ?? 0)) / windowMs),
    operators,
    inputs: [],
    outputs: [],
  }
}

function edgeView(
  before: EdgeSnapshot | undefined,
  edge: EdgeSnapshot,
  from: StageView,
  to: StageView,
  windowMs: number,
): EdgeView {
  const put = edge.put - (before?.put ?? 0)
  const dropped = total(edge.dropped) - total(before?.dropped)
  return {
    edge,
    from,
    to,
    // A stage of many slots may wait at several edges at once, so an edge is charged no more than the stage lost.
    blocked: Math.min(from.blocked, clamp((edge.blockedMs - (before?.blockedMs ?? 0)) / windowMs)),
    putRate: (put * 1000) / windowMs,
    dropRate: (dropped * 1000) / windowMs,
    growth: put > 0 ? (edge.length - (before?.length ?? 0)) / put : 0,
    isLossy: mayLose(edge.policy),
  }
}

/** The runtime's own figure, or where it has none, what the stages were seen to use. */
function loopShare(before: Snapshot, after: Snapshot, stages: readonly StageView[]): number | undefined {
  const active = after.loop.activeMs - before.loop.activeMs
  const idle = after.loop.idleMs - before.loop.idleMs
  if (active + idle > 0) return clamp(active / (active + idle))
  const seen = stages.reduce((sum, view) => sum + view.cpu, 0)
  return seen > 0 ? clamp(seen) : undefined
}

function clamp(share: number): number {
  return share > 0 ? Math.min(1, share) : 0
}

/** The sum of counts by reason. */
function total(counts: Readonly<Record<string, number>> | undefined): number {
  let sum = 0
  for (const reason in counts) sum += counts[reason] as number
  return sum
}

/** Items held in front of a stage, and how long the oldest has waited, ms. */
export function heldAt(stage: StageView | undefined): { held: number; oldestMs: number } {
  let held = 0
  let oldestMs = 0
  for (const { edge } of stage?.inputs ?? []) {
    held += edge.length
    oldestMs = Math.max(oldestMs, edge.oldestMs)
  }
  return { held, oldestMs }
}
