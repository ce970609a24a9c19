import type { EdgeSnapshot, Snapshot, StageSnapshot } from '../snapshot.ts'
import { ringsOf } from './rings.ts'
import { waitsIn, type Wait, type WaitFor } from './waits.ts'

/** Who waits on whom in a flow at one moment, and what all the waiting comes down to. Plain data. */
export interface WaitGraph {
  readonly flow: string
  readonly run: string
  readonly at: number
  readonly state: Snapshot['state']
  readonly waits: readonly Wait[]
  /** Rings of stages in which each waits for the next and that nothing can break, at most 8. */
  readonly rings: readonly (readonly RingMember[])[]
  /** The stages that wait for nobody else in the flow, those that hold up most first: what others wait for in the end. */
  readonly causes: readonly Cause[]
}

/** A stage of a ring, and what it waits for of the next one. */
export interface RingMember {
  readonly stage: string
  readonly name: string
  readonly for: WaitFor
  /** The edge at which it waits, by name. */
  readonly edge?: string
  /** How long the stage has stood still, ms, where that is known. */
  readonly stillMs?: number
  readonly site?: string
}

/** A stage that others wait for. */
export interface Cause {
  readonly stage: string
  readonly name: string
  readonly kind: string
  readonly reason: WaitFor
  /** How long the stage has stood still, ms, where that is known. */
  readonly stillMs?: number
  /** Items it holds, and slots that are in use for `reason`. */
  readonly held: number
  readonly slots: number
  /** Ids of the gates it asks. */
  readonly gates: readonly string[]
  /** Ids of the stages that wait for it, those that wait for it directly first. */
  readonly holdsUp: readonly string[]
  readonly site?: string
}

/** Reasons from the one that is least often meant to the one that most often is. */
const ORDER: readonly WaitFor[] = ['work', 'end', 'memory', 'nothing', 'store', 'permit', 'timer', 'input']

/**
 * Reads from one snapshot who waits on whom. Of a flow that moves it shows a moment, in which almost everybody waits
 * for somebody; of one that stands still it shows why. Pure, O(stages + edges) but for `holdsUp`.
 */
export function whoWaits(snapshot: Snapshot): WaitGraph {
  const { flow, run, at, state, stages, edges } = snapshot
  const isOver = state !== 'running' && state !== 'draining'
  const waits = isOver ? [] : waitsIn(snapshot)
  const byId = new Map(stages.map((stage) => [stage.id, stage]))
  const edgesById = new Map(edges.map((edge) => [edge.id, edge]))
  const rings = ringsOf(stages, waits).map((ring) => ring.map((wait) => member(wait, byId, edgesById)))
  return { flow, run, at, state, waits, rings, causes: causesOf(waits, byId) }
}

function member(
  wait: Wait,
  stages: ReadonlyMap<string, StageSnapshot>,
  edges: ReadonlyMap<string, EdgeSnapshot>,
): RingMember {
  const stage = stages.get(wait.stage)
  const edge = wait.edge === undefined ? undefined : edges.get(wait.edge)?.name
  return {
    stage: wait.stage,
    name: stage?.name ?? wait.stage,
    for: wait.for,
    ...(edge !== undefined && { edge }),
    ...known(stage),
  }
}

function causesOf(waits: readonly Wait[], stages: ReadonlyMap<string, StageSnapshot>): Cause[] {
  const waiters = new Map<string, Set<string>>()
  // Whoever is held back says more than whoever has nothing to do.
  const heldFirst = waits.toSorted((a, b) => Number(a.for === 'items') - Number(b.for === 'items'))
  for (const { stage, on } of heldFirst) {
    if (on === undefined) continue
    const known = waiters.get(on)
    if (known === undefined) waiters.set(on, new Set([stage]))
    else known.add(stage)
  }
  const found = new Map<string, Cause>()
  for (const wait of waits) {
    const stage = stages.get(wait.stage)
    const worse = found.get(wait.stage)
    if (wait.on !== undefined || stage === undefined) continue
    if (worse !== undefined && ORDER.indexOf(worse.reason) <= ORDER.indexOf(wait.for)) continue
    found.set(wait.stage, cause(stage, wait.for, [...behind(wait.stage, waiters)]))
  }
  return [...found.values()].toSorted(
    (a, b) => ORDER.indexOf(a.reason) - ORDER.indexOf(b.reason) || b.holdsUp.length - a.holdsUp.length,
  )
}

function cause(stage: StageSnapshot, reason: WaitFor, holdsUp: readonly string[]): Cause {
  const [busy = 0, , , gated = 0] = stage.slotsIn ?? []
  return {
    stage: stage.id,
    name: stage.name,
    kind: stage.kind,
    reason,
    held: stage.inFlight,
    slots: reason === 'permit' ? gated : reason === 'work' ? busy : 0,
    gates: stage.gates,
    holdsUp,
    ...known(stage),
  }
}

function known(stage: StageSnapshot | undefined): { stillMs?: number; site?: string } {
  const { stillMs, site, kind } = stage ?? {}
  // The slot of a sink that goes from one item to the next stays busy: since when it stands still is not seen.
  const isSeen = stillMs !== undefined && kind !== 'sink'
  return { ...(isSeen && { stillMs }), ...(site !== undefined && { site }) }
}

/** Everybody who waits for `stage`, directly or through others. */
function behind(stage: string, waiters: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const found = new Set(waiters.get(stage))
  for (const id of found) for (const waiter of waiters.get(id) ?? []) found.add(waiter)
  found.delete(stage)
  return found
}
