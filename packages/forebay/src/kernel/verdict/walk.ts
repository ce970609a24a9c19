import type { EdgeView, FlowView, StageView } from './flow-view.ts'

/**
 * Share of time (0–1) from which an edge counts as holding its producer back. Coarser ones miss limiters that are
 * only a little slower than the rest: 0.3 misses one in ten.
 */
export const BLOCKED = 0.05
/** Once something is held back, the way to its cause is followed over finer traces. */
const TRACE = 0.02
/** Share of its slot time from which a stage explains that others wait for it. */
const SATURATED = 0.9
/** Share of the offered items that an edge must gain, or drop, to count as pressed though nobody waits at it. */
const PRESSED = 0.05

/** Where a walk from one start led, and over what. */
export interface Walk {
  readonly start: StageView
  /** From the start to the end, in the order walked. */
  readonly path: readonly StageView[]
  /** The stage that explains the start: the most saturated one of the path. */
  readonly end: StageView
  /** The edges walked downstream. */
  readonly edges: readonly EdgeView[]
  /** The join that waited for another input, if the walk turned upstream there. */
  readonly join: StageView | undefined
  /** Members of a ring of waits, if the walk came back to where it had been. */
  readonly ring: readonly StageView[] | undefined
}

/** How much of its slot time a stage is held by its own work: busy, waiting for a permit, or holding results that no edge waits for. */
export function saturation(view: StageView): number {
  const held = mostPressed(view, TRACE) === undefined ? view.blocked : 0
  return view.busy + view.gated + held
}

/**
 * Follows the waiting from `start` to what is waited for: downstream along the edge that holds its
 * producer back most, until a stage that nothing holds back. If nothing on the way is saturated, the last stage
 * that lacks another input is what is waited for: the walk turns upstream there, to whoever gives too little.
 *
 * Each stage is entered once, over all walks that share `known`: a walk that comes to a stage of an earlier
 * one takes over its end.
 */
export function walk(start: StageView, known: Map<StageView, Walk>): Walk {
  const path = [start]
  const edges: EdgeView[] = []
  const seen = new Set(path)
  let join: StageView | undefined
  let ring: readonly StageView[] | undefined
  let taken: Walk | undefined
  let turn = 0
  for (let at = start; ;) {
    // Not so after the turn: what was just walked up may have waited for a moment.
    const down = mostPressed(at, edges.length > 0 && join === undefined ? TRACE : BLOCKED)
    let next = down?.to
    if (down === undefined && join !== undefined) next = lacking(at, seen, true)?.from
    else if (down === undefined && !path.some((view) => saturation(view) >= SATURATED)) {
      join = path.findLast((view) => lacking(view, seen, false) !== undefined)
      if (join !== undefined) {
        next = lacking(join, seen, false)?.from
        turn = path.length
      }
    }
    if (next === undefined) break
    if (down !== undefined) edges.push(down)
    if (seen.has(next)) {
      ring = path.slice(path.indexOf(next))
      break
    }
    taken = known.get(next)
    at = taken?.end ?? next
    seen.add(at)
    path.push(at)
    if (taken === undefined) continue
    join ??= taken.join
    ring = taken.ring
    break
  }
  const end = mostSaturated(ring ?? path.slice(turn))
  const found = { start, path, edges, end, join, ring }
  for (const stage of path) if (!known.has(stage)) known.set(stage, found)
  return found
}

/** The out-edge that holds its producer back most, if any does. */
function mostPressed(view: StageView, least: number): EdgeView | undefined {
  let worst: EdgeView | undefined
  for (const output of view.outputs) {
    if (output.blocked >= least && output.blocked > (worst?.blocked ?? 0)) worst = output
  }
  return worst ?? overflowing(view)
}

/**
 * Nobody waits at an edge that drops, nor at one that still has room. Either is a way on only where
 * it is a way that matters: a side branch that may lose items limits nobody.
 */
function overflowing(view: StageView): EdgeView | undefined {
  const filling = view.outputs.find((output) => !output.isLossy && output.growth >= PRESSED && isStanding(output))
  if (filling !== undefined) return filling
  const isLimit = view.inputs.length > 0 && view.busy + view.gated >= SATURATED
  if (isLimit || !view.outputs.every((output) => output.isLossy)) return undefined
  return view.outputs.find((output) => output.dropRate > PRESSED * output.putRate)
}

/** Whether items stand in line at an edge: more than its consumer takes in one go, and the consumer never lacks any. */
function isStanding(view: EdgeView): boolean {
  return view.edge.length > 2 * view.to.stage.slots && view.to.starved < 0.1
}

/**
 * The input that a stage lacks: one whose producer nobody holds back. To turn at a join another input must be
 * offered, or nothing tells that it is one; on the way up, a stage whose every input is offered is the end.
 */
function lacking(view: StageView, seen: ReadonlySet<StageView>, isUpward: boolean): EdgeView | undefined {
  if (view.starved < BLOCKED || (!isUpward && view.inputs.length < 2)) return undefined
  let least: EdgeView | undefined
  for (const input of view.inputs) {
    if (input.blocked >= BLOCKED || (!isUpward && seen.has(input.from))) continue
    if (least === undefined || input.blocked < least.blocked) least = input
  }
  return least
}

/**
 * The last stage, unless an earlier one is clearly more saturated: service times vary, so a limiter with little
 * margin is itself held back now and then, and the walk goes on to a stage that is nearly, but not quite, as full.
 */
function mostSaturated(path: readonly StageView[]): StageView {
  let end = path.at(-1) as StageView
  if (end.inputs.length === 0) return end
  for (const view of path) if (saturation(view) > saturation(end) + 0.02) end = view
  return end
}

/** Where waiting can begin: stages without inputs first, then consumers of an edge that holds a standing backlog. */
export function starts(view: FlowView): StageView[] {
  const found = new Set(view.stages.filter((stage) => stage.inputs.length === 0))
  for (const edge of view.edges) {
    const isSideBranch = edge.isLossy && edge.from.outputs.some((output) => !output.isLossy)
    // Where items are dropped now, the walk comes by from the stage that sends them.
    if (!isSideBranch && edge.dropRate === 0 && isStanding(edge)) found.add(edge.to)
  }
  return [...found]
}
