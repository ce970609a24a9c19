import type { Finding } from './finding.ts'
import type { EdgeView, FlowView, StageView } from './flow-view.ts'
import type { GateView } from './gate-view.ts'
import { BLOCKED } from './walk.ts'

const theLoop = { id: 'loop', name: 'the event loop' }

/** Sweeps over the stages after which shares of load have settled; a longest path against the stages' order may need more. */
const SWEEPS = 8

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
  const grows = growing(view, finding)
  const full = kind === 'loop' ? 1 : Math.max(limit.busy + limit.gated, 0.8)
  const rivals = capacities(view, grows, kind === 'loop').filter(
    ({ id }) => id !== limit.stage.id && id !== gate?.gate.id,
  )
  for (const edge of overflows(finding)) {
    // What is lost or piles up before the limit is what its sender could give besides; more than that it cannot.
    rivals.push({ ...named(edge.from), used: 1 - Math.max(edge.dropRate / edge.putRate, edge.growth), grows: 1 })
  }
  const own = changed(view, finding, grows)
  if (own.self !== undefined) rivals.push(own.self)
  // All is counted in growth of the sources that wait now; the limit itself may also be fed by others.
  const share = grows.get(limit) || 1
  let growth = 1 + (own.most - 1) / share
  let next = own.next
  for (const rival of rivals) {
    if ((kind === 'loop' && rival.id === 'loop') || rival.used <= 0 || rival.grows <= 0) continue
    const most = Math.max(1, 1 + (full / rival.used - 1) / rival.grows)
    if (most < growth) {
      growth = most
      next = rival
    }
  }
  const factor = 1 + (growth - 1) * share
  return {
    stage: gate?.gate.id ?? limit.stage.id,
    change: own.change,
    factor,
    predictedRate: limit.rate * factor,
    ...(next !== undefined && { nextLimiter: next.id, nextLimiterName: next.name }),
  }
}

/** The change proposed, and the most it gives by itself. */
function changed(
  view: FlowView,
  finding: Finding,
  grows: ReadonlyMap<StageView, number>,
): { change: string; most: number; self?: Capacity; next?: { id: string; name: string } } {
  const { kind, gate, operator } = finding
  const limit = finding.view as StageView
  const { name, slots, id } = limit.stage
  if (gate !== undefined) {
    return {
      change: `doubling ${gate.gate.name}`,
      most: 2,
      self: { id, name, used: limit.busy, grows: grows.get(limit) || 1 },
    }
  }
  if (kind === 'loop' && operator !== undefined) {
    const rest = Math.max(0.01, (view.loop ?? 1) - operator.cpu)
    return { change: `moving ${operator.name} to workers`, most: 1 / rest, next: theLoop }
  }
  return { change: `+${slots} worker${slots === 1 ? '' : 's'}`, most: 2 }
}

/** Edges on the way to the limit at which nobody waits, though more is offered than taken. */
function overflows({ walk }: Finding): EdgeView[] {
  return walk?.edges.filter(({ dropRate, growth, blocked }) => dropRate > 0 || (blocked < BLOCKED && growth > 0)) ?? []
}

function named({ stage }: StageView): { id: string; name: string } {
  return { id: stage.id, name: stage.name }
}

function capacities(view: FlowView, grows: ReadonlyMap<StageView, number>, isLoopFull: boolean): Capacity[] {
  // A synchronous stage may be called busy while it waits for the loop; what it cannot do without is its processor time.
  // Every other one waits for the loop at the end of each item.
  const waitMs = isLoopFull ? loopWaitMs(view) : 0
  const found = view.stages.map((stage) => ({
    ...named(stage),
    used:
      stage.stage.sync && stage.cpu > 0 ? stage.cpu : stage.busy - (waitMs * stage.rate) / (1000 * stage.stage.slots),
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
    found.push({ ...theLoop, used: view.loop, grows: view.loop > 0 ? ours / view.loop : 0 })
  }
  return found
}

/**
 * How long the end of an item waits for its turn on a full event loop, ms. Nobody measures it, but it has bounds: at
 * least what is left, on average, of the turn that runs when it comes; at most what a synchronous stage that always
 * has work spends besides working, which is a whole round. The middle of both is close (the proof has the figures).
 */
function loopWaitMs(view: FlowView): number {
  let residual = 0
  let longest = 0
  for (const { stage, busy, starved, cpu, rate, inputs } of view.stages) {
    if (!stage.sync || rate === 0) continue
    residual += (cpu * cpu * 500) / rate
    longest = Math.max(longest, ((busy + (inputs.length === 0 ? starved : 0) - cpu) * 1000) / rate)
  }
  return (residual + Math.max(residual, longest)) / 2
}

/** How much of a gate's limit is used: admissions for a rate, permits held while work runs for a limit. */
function gateUse({ gate, admittedRate }: GateView, users: readonly StageView[]): number {
  if (!(gate.limit > 0)) return 0
  if (gate.kind === 'rate') return admittedRate / gate.limit
  if (gate.kind !== 'limit') return 0
  return users.reduce((sum, user) => sum + user.busy * user.stage.slots, 0) / gate.limit
}

/**
 * The share of each stage's load that grows with the limit: all that comes from sources which wait now or
 * lead to it, none of what comes from sources that give what they have, nor of what is behind an edge that
 * drops already. Shares are handed downstream by rate; a few sweeps settle them, cycles included.
 */
function growing(view: FlowView, finding: Finding): Map<StageView, number> {
  const shares = new Map<StageView, number>()
  const overflowing = overflows(finding)
  const isLossy = overflowing.some(({ dropRate }) => dropRate > 0)
  const driven = new Set(isLossy ? finding.walk?.path.slice(1) : [])
  const giving = new Set(overflowing.map(({ from }) => from))
  for (const stage of view.stages) {
    const isWaiting = stage.blocked >= BLOCKED || giving.has(stage) || (finding.kind === 'loop' && stage.stage.sync)
    const isFree = stage.inputs.length === 0 && !isWaiting && stage !== finding.view
    shares.set(stage, isFree ? 0 : 1)
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const stage of view.stages) {
      if (driven.has(stage) || stage.inputs.length === 0) continue
      let load = 0
      let moving = 0
      for (const { from, putRate, dropRate } of stage.inputs) {
        load += putRate - dropRate
        if (dropRate === 0) moving += putRate * (shares.get(from) ?? 0)
      }
      if (load > 0) shares.set(stage, moving / load)
    }
  }
  return shares
}
