import type { Finding } from './finding.ts'
import type { FlowView, GateView, StageView } from './flow-view.ts'

/** What doubling the limit would give. */
export interface WhatIf {
  /** Id of the stage or gate that is doubled, or whose operator is moved off the event loop. */
  readonly stage: string
  /** What is changed, as it is said in the sentence. */
  readonly change: string
  /** Throughput of the named stage afterwards, as a multiple of now. */
  readonly factor: number
  /** The same, in items per second. */
  readonly predictedRate: number
  /** Id of the stage or gate that limits afterwards, `'loop'` for the event loop; absent when it is still the same one. */
  readonly nextLimiter?: string
  readonly nextLimiterName?: string
}

/** Something that has a most it can do, how much of that is used, and how much of its load grows with the flow. */
interface Capacity {
  readonly id: string
  readonly name: string
  readonly used: number
  readonly grows: number
}

/**
 * Predicts the flow with its limit doubled. A stage busy for a share u of its slot time could do 1/u of
 * what it does (the true processing rate of Flink's autoscaler), so the next limit is the one with the
 * least room, counting only load that grows: what comes from sources that wait now.
 */
export function whatIf(view: FlowView, finding: Finding): WhatIf | undefined {
  const limit = finding.view
  if (limit === undefined || limit.rate <= 0) return undefined
  const { kind, gate } = finding
  if (kind !== 'bottleneck' && kind !== 'gate' && kind !== 'loop' && kind !== 'source') return undefined
  if (kind === 'source' && limit.busy < 0.5) return undefined
  if (gate !== undefined && gate.gate.kind !== 'rate' && gate.gate.kind !== 'limit') return undefined
  const grows = growing(view, limit)
  const full = kind === 'loop' ? 1 : Math.max(limit.busy + limit.gated, 0.8)
  const rivals = capacities(view, grows).filter(({ id }) => id !== limit.stage.id && id !== gate?.gate.id)
  const own = changed(view, finding)
  let factor = own.most
  let next: Capacity | undefined
  for (const rival of gate === undefined || own.self === undefined ? rivals : [...rivals, own.self]) {
    if (kind === 'loop' && rival.id === 'loop') continue
    if (rival.used <= 0 || rival.grows <= 0) continue
    const most = Math.max(1, (full / rival.used - (1 - rival.grows)) / rival.grows)
    if (most < factor) {
      factor = most
      next = rival
    }
  }
  return {
    stage: gate?.gate.id ?? limit.stage.id,
    change: own.change,
    factor,
    predictedRate: limit.rate * factor,
    ...(next !== undefined && { nextLimiter: next.id, nextLimiterName: next.name }),
  }
}

/** The change proposed, and the most it gives by itself. */
function changed(view: FlowView, finding: Finding): { change: string; most: number; self?: Capacity } {
  const { kind, gate, operator } = finding
  const limit = finding.view as StageView
  const { name, slots, id } = limit.stage
  if (gate !== undefined) {
    return { change: `doubling ${gate.gate.name}`, most: 2, self: { id, name, used: limit.busy, grows: 1 } }
  }
  if (kind === 'loop' && operator !== undefined) {
    const rest = Math.max(0.01, (view.loop ?? 1) - operator.cpu)
    return { change: `moving ${operator.name} to workers`, most: 1 / rest }
  }
  return { change: `+${slots} worker${slots === 1 ? '' : 's'}`, most: 2 }
}

function capacities(view: FlowView, grows: ReadonlyMap<StageView, number>): Capacity[] {
  const found = view.stages.map((stage) => ({
    id: stage.stage.id,
    name: stage.stage.name,
    used: stage.busy,
    grows: grows.get(stage) ?? 0,
  }))
  for (const gate of view.gates.values()) {
    const users = view.stages.filter(({ stage }) => stage.gates.includes(gate.gate.id))
    const used = gateUse(gate, users)
    const share = Math.max(0, ...users.map((user) => grows.get(user) ?? 0))
    found.push({ id: gate.gate.id, name: gate.gate.name, used, grows: share })
  }
  if (view.loop !== undefined) {
    const ours = Math.min(
      view.loop,
      view.stages.reduce((sum, { cpu }) => sum + cpu, 0),
    )
    found.push({ id: 'loop', name: 'the event loop', used: view.loop, grows: view.loop > 0 ? ours / view.loop : 0 })
  }
  return found
}

/** How much of a gate's limit is used: admissions for a rate, permits held while work runs for a limit. */
function gateUse({ gate, admittedRate }: GateView, users: readonly StageView[]): number {
  if (!(gate.limit > 0) || gate.limit === Infinity) return 0
  if (gate.kind === 'rate') return admittedRate / gate.limit
  if (gate.kind !== 'limit') return 0
  return users.reduce((sum, user) => sum + user.busy * user.stage.slots, 0) / gate.limit
}

/**
 * The share of each stage's load that grows with the limit: all that comes from sources which wait now or
 * lead to it, none of what comes from sources that give what they have. Shares are handed downstream by
 * rate; a few sweeps settle them, cycles included.
 */
function growing(view: FlowView, limit: StageView): Map<StageView, number> {
  const shares = new Map<StageView, number>()
  const upstream = new Set([limit])
  for (const stage of upstream) for (const { from } of stage.inputs) upstream.add(from)
  for (const stage of view.stages) {
    const isFree = stage.inputs.length === 0 && stage.blocked < 0.05 && stage !== limit && !isOnlyWay(stage, upstream)
    shares.set(stage, isFree ? 0 : 1)
  }
  for (let sweep = 0; sweep < 8; sweep++) {
    for (const stage of view.stages) {
      if (stage === limit || stage.inputs.length === 0) continue
      let load = 0
      let moving = 0
      for (const { from, putRate, dropRate } of stage.inputs) {
        load += putRate - dropRate
        moving += (putRate - dropRate) * (shares.get(from) ?? 0)
      }
      if (load > 0) shares.set(stage, moving / load)
    }
  }
  return shares
}

/** A limit's own sources grow with it when there is nothing else it could take from. */
function isOnlyWay(source: StageView, upstream: ReadonlySet<StageView>): boolean {
  if (!upstream.has(source)) return false
  for (const stage of upstream) if (stage !== source && stage.inputs.length === 0) return false
  return true
}
