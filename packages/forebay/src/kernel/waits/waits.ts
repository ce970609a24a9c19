import { mayLose } from '../overflow.ts'
import type { EdgeSnapshot, Snapshot, StageSnapshot } from '../snapshot.ts'

/**
 * What a stage waits for.
 *
 * From another stage:
 * - `items`: the one before it has handed nothing over.
 * - `credit`: the one after it wants nothing just now.
 * - `room`: the edge after it is full, and the one behind that takes nothing.
 * - `memory`: the edges of the run hold all the bytes they may; from outside where several runs share them.
 *
 * From outside the flow, or from itself:
 * - `work`: work on an item that has not ended, such as a call.
 * - `permit`: a gate, or the time until another attempt.
 * - `timer`: a timer that it has set.
 * - `input`: a source was asked for items, and has not given any.
 * - `store`: a durable edge holds items that it hands out to nobody now: they are delayed, or leased.
 * - `nothing`: an end of the flow that takes nothing, and has not said what for.
 * - `end`: everything has flowed out, and a sink is not over, as when it does not get closed.
 */
export type WaitFor =
  | 'items'
  | 'credit'
  | 'room'
  | 'memory'
  | 'work'
  | 'permit'
  | 'timer'
  | 'input'
  | 'store'
  | 'nothing'
  | 'end'

/** One stage waits for one thing. */
export interface Wait {
  readonly stage: string
  readonly for: WaitFor
  /** The stage that it waits for; absent when it is nobody in this flow. */
  readonly on?: string
  /** The edge at which it waits. */
  readonly edge?: string
}

/** The links of a snapshot, as far as something can still come through them. */
interface Links {
  readonly stage: StageSnapshot
  readonly ins: EdgeSnapshot[]
  readonly outs: EdgeSnapshot[]
  /** It has edges, and nothing comes through any of them any more. */
  isOver: boolean
  /** What it feeds: substreams, such as groups. */
  readonly fed: Links[]
}

/** Who waits for what, one entry for each reason. O(stages + edges). */
export function waitsIn(snapshot: Snapshot): Wait[] {
  const all = linksOf(snapshot)
  const waits = all.flatMap((links) => [...waitsAbove(links), ...waitsBelow(links, snapshot), ...waitsOutside(links)])
  if (waits.length > 0) return waits
  return snapshot.stages.flatMap(({ id, kind }): Wait[] => (kind === 'sink' ? [{ stage: id, for: 'end' }] : []))
}

function linksOf({ stages, edges }: Snapshot): Links[] {
  const byId = new Map<string, Links>()
  for (const stage of stages) byId.set(stage.id, { stage, ins: [], outs: [], isOver: false, fed: [] })
  const used = new Set<Links>()
  for (const edge of edges) {
    const ends = [byId.get(edge.from), byId.get(edge.to)] as const
    for (const end of ends) if (end !== undefined) used.add(end)
    if (edge.isOver === true) continue
    ends[0]?.outs.push(edge)
    ends[1]?.ins.push(edge)
  }
  for (const links of byId.values()) {
    links.isOver = used.has(links) && links.ins.length + links.outs.length === 0
    if (links.stage.host !== undefined && !links.isOver) byId.get(links.stage.host)?.fed.push(links)
  }
  return [...byId.values()]
}

/** Items that it has asked for, and that the one before it has not handed over. */
function waitsAbove({ stage, ins, outs, fed }: Links): Wait[] {
  const waits: Wait[] = []
  for (const edge of ins) {
    const isAsked = isDirect(edge) ? edge.credit > 0 : edge.length === 0 && edge.wanted !== 0
    if (isAsked) waits.push({ stage: stage.id, for: 'items', on: edge.from, edge: edge.id })
  }
  const { host } = stage
  if (host !== undefined && stage.inFlight === 0 && outs.some(({ credit }) => credit > 0)) {
    waits.push({ stage: stage.id, for: 'items', on: host })
  }
  // A junction that does not ask for more may be held back by one of the parts it feeds.
  if (ins.every(({ credit }) => credit > 0)) return waits
  for (const part of fed) {
    const isHeld = part.stage.inFlight > 0 && part.outs.every(({ credit }) => credit <= 0)
    if (isHeld) waits.push({ stage: stage.id, for: 'room', on: part.stage.id })
  }
  return waits
}

/** Edges that take nothing more. */
function waitsBelow({ stage, outs }: Links, { edges, memory }: Snapshot): Wait[] {
  const { heldBytes, budgetBytes, share } = memory
  const isMemoryFull = share === undefined ? budgetBytes > 0 && heldBytes >= budgetBytes : share.waiting > 0
  return outs.flatMap((edge): Wait[] => {
    if (edge.credit > 0 || mayLose(edge.policy)) return []
    if (isDirect(edge)) return [{ stage: stage.id, for: 'credit', on: edge.to, edge: edge.id }]
    const isFull = edge.length >= edge.capacity || (edge.capacityBytes > 0 && edge.bytes >= edge.capacityBytes)
    if (isFull || !isMemoryFull) return [{ stage: stage.id, for: 'room', on: edge.to, edge: edge.id }]
    if (share !== undefined) return [{ stage: stage.id, for: 'memory', edge: edge.id }]
    return edges
      .filter(({ bytes, durable }) => bytes > 0 && !durable)
      .map((holder) => ({ stage: stage.id, for: 'memory', on: holder.to, edge: holder.id }))
  })
}

/** What nobody else in the flow can bring about. */
function waitsOutside({ stage, ins, outs, isOver }: Links): Wait[] {
  const { id } = stage
  const [busy, , starved, gated] = stage.slotsIn ?? guessedSlots(stage)
  const waits: Wait[] = []
  if (busy > 0) waits.push({ stage: id, for: 'work' })
  if (gated > 0) waits.push({ stage: id, for: 'permit' })
  if ((stage.timers ?? 0) > 0) waits.push({ stage: id, for: 'timer' })
  if (isOver) return waits
  const stored = ins.find(({ durable, length }) => durable && length > 0)
  const wants = waits.length === 0 && outs.every(({ credit }) => credit > 0)
  if (stored !== undefined && wants) waits.push({ stage: id, for: 'store', edge: stored.id })
  if (ins.length === 0 && stage.host === undefined) {
    const isAsked = outs.length === 0 ? starved > 0 : outs.some(({ credit }) => credit > 0)
    if (isAsked) waits.push({ stage: id, for: 'input' })
  } else if (outs.length === 0 && wants && ins.every(wantsNothing)) {
    waits.push({ stage: id, for: 'nothing' })
  }
  return waits
}

/** Where time is not accounted for: what asks a gate may wait for it. */
function guessedSlots({ sync, inFlight, gates }: StageSnapshot): [number, number, number, number] {
  if (sync) return [0, 0, 1, 0]
  return gates.length > 0 ? [0, 0, 1, inFlight] : [inFlight, 0, 1, 0]
}

function wantsNothing(edge: EdgeSnapshot): boolean {
  return isDirect(edge) ? edge.credit <= 0 : edge.wanted === 0
}

function isDirect({ capacity, durable }: EdgeSnapshot): boolean {
  return capacity === 0 && !durable
}
