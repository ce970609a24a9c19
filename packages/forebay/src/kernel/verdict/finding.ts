import type { GateInspection } from '../gate.ts'
import type { EdgeView, FlowView, StageView } from './flow-view.ts'
import type { GateView } from './gate-view.ts'
import { saturation, starts, walk, type Walk } from './walk.ts'

/**
 * What limits a flow.
 *
 * - `bottleneck`: a stage works all the time, and what comes before it waits.
 * - `gate`: a gate withholds permits: working as configured, or an open breaker.
 * - `loop`: the event loop is saturated, so whatever uses most of it holds back all stages.
 * - `source`: one input of a join gives less than the others offer.
 * - `input`: nothing limits the flow but what comes in.
 * - `deadlock`: a ring of stages in which each waits for the next and nothing moves.
 * - `stall`: something waits and nothing moves, but there is no ring: work that never ends, or demand that never comes.
 * - `calm`: nothing came in and nothing waits.
 * - `done`: the run is over.
 */
export type VerdictKind = 'bottleneck' | 'gate' | 'loop' | 'source' | 'input' | 'deadlock' | 'stall' | 'calm' | 'done'

/** One limit of one part of a flow. */
export interface Finding {
  readonly kind: VerdictKind
  /** The stage that is named; absent for `calm`, `done`, and a loop that other code uses. */
  readonly view?: StageView
  readonly gate?: GateView
  readonly operator?: { readonly name: string; readonly cpu: number }
  readonly walk?: Walk | undefined
  /** An edge of the walk that throws items away. */
  readonly lossy?: EdgeView | undefined
  /** How much waiting it explains, in starts: findings are ranked by it. */
  readonly weight: number
  readonly confidence: number
}

/** Thresholds, as shares 0–1. */
export interface VerdictOptions {
  /** From this share a stage counts as saturated; default 0.8. */
  readonly saturated?: number
  /** From this share the event loop counts as saturated; default 0.9. */
  readonly loopSaturated?: number
}

/** Share of slot time that waits for permits from which the gate, not the stage, is the limit. */
const GATED = 0.05
/** A stage that is busy for so much of the time would hardly be faster if it never waited for a permit. */
const FULL = 0.9
/** Share of its slot time that a stage waits, from which it can do nothing, unless a timer is set. */
const STUCK = 0.95

/** Every limit found, the one that explains most first. Never empty while the run lasts. */
export function findings(view: FlowView, options: VerdictOptions = {}): Finding[] {
  const saturated = options.saturated ?? 0.8
  const merged = new Map<string, Finding>()
  const known = new Map<StageView, Walk>()
  for (const start of starts(view)) {
    if (known.has(start)) continue
    const found = classify(view, walk(start, known), saturated)
    // The stage tells which gate it is, where it is one.
    const key = `${found.kind} ${found.view?.stage.id}`
    const same = merged.get(key)
    merged.set(key, same === undefined ? found : { ...same, weight: same.weight + found.weight })
  }
  const ranked = [...merged.values()].toSorted((a, b) => rank(a) - rank(b) || b.weight - a.weight)
  const first = ranked[0] ?? { kind: 'calm', weight: 0, confidence: 1 }
  const loop = loopFinding(view, first, options.loopSaturated ?? 0.9)
  return loop === undefined ? [first, ...ranked.slice(1)] : [loop, ...ranked.filter(({ kind }) => kind === 'gate')]
}

function rank({ kind }: Finding): number {
  if (kind === 'deadlock') return 0
  if (kind === 'stall') return 1
  if (kind === 'calm') return 4
  return kind === 'input' ? 3 : 2
}

function classify(view: FlowView, found: Walk, saturated: number): Finding {
  const { start, end, ring, path } = found
  const lossy = found.edges.find(({ dropRate }) => dropRate > 0)
  const held = Math.max(start.blocked, lossy === undefined ? 0 : lossy.dropRate / lossy.putRate)
  const base = { view: end, walk: found, lossy, weight: held }
  // A walk of no edge begins at a source, or where items stand in line.
  const isWaitedFor = found.edges.length > 0 || end.inputs.length > 0
  if (ring !== undefined && ring.every(isStuck)) return { ...base, kind: 'deadlock', weight: 1, confidence: 1 }
  const work = saturation(end)
  const confidence = Math.min(1, work / saturated)
  const isHeldByGate = end.gated >= GATED && work >= 0.5 && end.busy < FULL
  const gate = isHeldByGate ? limitingGate(view, end) : undefined
  if (gate !== undefined) return { ...base, kind: 'gate', gate, confidence }
  if (isWaitedFor && path.every(({ rate }) => rate === 0)) return { ...base, kind: 'stall', confidence: 1 }
  // Where everything comes from one source, that source is no slower than another.
  const isOneOfSeveral = isSource(end) && view.stages.some((other) => other !== end && isSource(other))
  if (found.join !== undefined && isOneOfSeveral) return { ...base, kind: 'source', confidence: 1 }
  if (work >= saturated) return { ...base, kind: 'bottleneck', weight: Math.max(0.01, held), confidence }
  // Held back now and then: input comes in bursts, and the slowest stage is full while they last.
  if (held >= 0.3 && work >= 0.3) return { ...base, kind: 'bottleneck', confidence }
  const isCalm = start.rate === 0 && view.dropped === 0 && !isWaitedFor
  return { ...base, view: isSource(end) ? end : start, kind: isCalm ? 'calm' : 'input', confidence: 1 - held }
}

function isSource(view: StageView): boolean {
  return view.inputs.length === 0
}

function isStuck(view: StageView): boolean {
  return view.rate === 0 && view.blocked + view.starved >= STUCK && !view.stage.timers
}

/** The gate that keeps a stage waiting: an open breaker, else the one with the longest line, else the one without credit. */
function limitingGate(view: FlowView, stage: StageView): GateView | undefined {
  return stage.stage.gates.flatMap((id) => view.gates.get(id) ?? []).toSorted((a, b) => strain(b) - strain(a))[0]
}

function strain(view: GateView): number {
  const { gate } = view
  const tripped = trippedIn(view)
  if (tripped !== undefined) return tripped.state === 'open' ? 3e9 : 2e9
  return gate.kind === 'breaker' ? -1 : gate.waiting + (gate.credit <= 0 ? 0.5 : 0)
}

/** The breaker, of a gate or its parts, that lets no work start, or only probes. */
export function trippedIn({ gate }: GateView): GateInspection | undefined {
  return [gate, ...(gate.parts ?? [])].find(
    ({ kind, state }) => kind === 'breaker' && (state === 'open' || state === 'half-open'),
  )
}

/** A saturated loop makes innocent stages look busy, so it goes before any of them; not before a gate or a ring, which do not use it. */
function loopFinding(view: FlowView, first: Finding, saturated: number): Finding | undefined {
  if (view.loop === undefined || view.loop < saturated || first.kind === 'deadlock') return undefined
  if (first.kind === 'gate' && (first.view?.gated ?? 0) >= 0.5) return undefined
  const used = view.stages.reduce((sum, { cpu }) => sum + cpu, 0)
  const base = { walk: first.walk, weight: 1, confidence: view.loop }
  if (used < 0.5 * view.loop) return { ...base, kind: 'loop' }
  const hog = view.stages.reduce((most, stage) => (largest(stage).cpu > largest(most).cpu ? stage : most))
  return { ...base, kind: 'loop', view: hog, operator: largest(hog) }
}

function largest(view: StageView): { name: string; cpu: number } {
  return view.operators[0] ?? { name: view.stage.name, cpu: view.cpu }
}
