import type { EdgeSnapshot, GateSnapshot, Histogram, Snapshot, StageSnapshot } from 'forebay/observe'
import { between, quantile } from './quantile.ts'

/** What a flow did between two samples: everything that the page draws. Shares are 0–1, rates per second. */
export interface FlowPicture {
  readonly snapshot: Snapshot
  readonly windowMs: number
  readonly stages: ReadonlyMap<string, StagePicture>
  readonly edges: ReadonlyMap<string, EdgePicture>
  readonly gates: ReadonlyMap<string, GatePicture>
  readonly inRate: number
  readonly outRate: number
  /** Share of the window in which the event loop was busy; `undefined` where the runtime does not say. */
  readonly loop: number | undefined
}

export interface StagePicture {
  readonly stage: StageSnapshot
  readonly busy: number
  readonly blocked: number
  readonly starved: number
  readonly gated: number
  readonly inRate: number
  readonly outRate: number
  readonly failRate: number
  readonly retryRate: number
  readonly service: Histogram
  readonly p50: number
  readonly p99: number
  /** What it could do if it were busy all the time; `NaN` while it hardly works. */
  readonly capacity: number
}

export interface EdgePicture {
  readonly edge: EdgeSnapshot
  /** How full it is, by items or by bytes, whichever is nearer its bound. */
  readonly fill: number
  readonly putRate: number
  readonly takenRate: number
  readonly dropRate: number
  readonly dropped: number
  /** Share of the window in which its producer could not hand over. */
  readonly blocked: number
}

export interface GatePicture {
  readonly gate: GateSnapshot
  readonly admittedRate: number
  readonly shedRate: number
}

/** `before` is an earlier sample of the same run; without one the whole run is the window. */
export function flowPicture(before: Snapshot | undefined, after: Snapshot): FlowPicture {
  const windowMs = Math.max(1, after.at - (before?.at ?? 0))
  const perSecond = 1000 / windowMs
  const change = (now: number, then: number | undefined): number => Math.max(0, now - (then ?? 0))
  const earlier = {
    stages: byId(before?.stages),
    edges: byId(before?.edges),
    gates: byId(before?.gates),
  }
  const stages = after.stages.map((stage) => stagePicture(earlier.stages.get(stage.id), stage, perSecond))
  const edges = after.edges.map((edge) => edgePicture(earlier.edges.get(edge.id), edge, windowMs))
  const gates = after.gates.map((gate): GatePicture => {
    const then = earlier.gates.get(gate.id)
    return {
      gate,
      admittedRate: change(gate.admitted, then?.admitted) * perSecond,
      shedRate: change(total(gate.sheds), total(then?.sheds ?? {})) * perSecond,
    }
  })
  const active = change(after.loop.activeMs, before?.loop.activeMs)
  const measured = active + change(after.loop.idleMs, before?.loop.idleMs)
  return {
    snapshot: after,
    windowMs,
    stages: new Map(stages.map((picture) => [picture.stage.id, picture])),
    edges: new Map(edges.map((picture) => [picture.edge.id, picture])),
    gates: new Map(gates.map((picture) => [picture.gate.id, picture])),
    inRate: change(after.ledger.in, before?.ledger.in) * perSecond,
    outRate: change(after.ledger.out, before?.ledger.out) * perSecond,
    loop: measured > 0 ? active / measured : undefined,
  }
}

export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, value) => sum + value, 0)
}

function stagePicture(before: StageSnapshot | undefined, stage: StageSnapshot, perSecond: number): StagePicture {
  const busyMs = Math.max(0, stage.busyMs - (before?.busyMs ?? 0))
  const blockedMs = Math.max(0, stage.blockedMs - (before?.blockedMs ?? 0))
  const starvedMs = Math.max(0, stage.starvedMs - (before?.starvedMs ?? 0))
  const gatedMs = Math.max(0, stage.gatedMs - (before?.gatedMs ?? 0))
  const all = Math.max(1e-9, busyMs + blockedMs + starvedMs + gatedMs)
  const service = between(before?.service, stage.service)
  const per = (now: number, then: number | undefined): number => Math.max(0, now - (then ?? 0)) * perSecond
  const outRate = per(stage.emitted, before?.emitted)
  const busy = busyMs / all
  return {
    stage,
    busy,
    blocked: blockedMs / all,
    starved: starvedMs / all,
    gated: gatedMs / all,
    inRate: per(stage.in, before?.in),
    outRate,
    failRate: per(stage.failed, before?.failed),
    retryRate: per(stage.retried, before?.retried),
    service,
    p50: quantile(service, 0.5),
    p99: quantile(service, 0.99),
    capacity: busy > 0.02 ? Math.max(outRate, per(stage.in, before?.in)) / busy : Number.NaN,
  }
}

function edgePicture(before: EdgeSnapshot | undefined, edge: EdgeSnapshot, windowMs: number): EdgePicture {
  const per = (now: number, then: number | undefined): number => (Math.max(0, now - (then ?? 0)) * 1000) / windowMs
  const dropped = total(edge.dropped)
  return {
    edge,
    fill: edgeFill(edge),
    putRate: per(edge.put, before?.put),
    takenRate: per(edge.taken, before?.taken),
    dropRate: per(dropped, total(before?.dropped ?? {})),
    dropped,
    blocked: Math.min(1, Math.max(0, edge.blockedMs - (before?.blockedMs ?? 0)) / windowMs),
  }
}

export function edgeFill(edge: EdgeSnapshot): number {
  const byItems = edge.capacity > 0 ? edge.length / edge.capacity : 0
  const byBytes = edge.capacityBytes > 0 ? edge.bytes / edge.capacityBytes : 0
  return Math.min(1, Math.max(byItems, byBytes))
}

function byId<T extends { readonly id: string }>(items: readonly T[] | undefined): Map<string, T> {
  return new Map((items ?? []).map((item) => [item.id, item]))
}
