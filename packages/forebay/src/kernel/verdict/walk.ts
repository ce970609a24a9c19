import type { EdgeView, FlowView, StageView } from './flow-view.ts'

/** Share of time (0–1) from which an edge counts as holding its producer back. Coarser ones miss limiters that are only a little slower than the rest (research: 0.3 misses one in ten, 0.05 none). */
export const BLOCKED = 0.05
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
  readonly join?: StageView
  /** Members of a ring of waits, if the walk came back to where it had been. */
  readonly ring?: readonly StageView[]
}

/** How much of its slot time a stage is held by its own work: busy, waiting for a permit, or holding results that no edge waits for. */
export function saturation(view: StageView): number {
  const held = mostPressed(view) === undefined ? view.blocked : 0
  return view.busy + view.gated + held
}

/**
 * Follows the waiting from `start` to what is waited for: downstream along the edge that holds its
 * producer back most, until a stage that nothing holds back; there, if that stage starves although one
 * of its inputs is offered, upstream along the input it lacks. Each stage is entered once.
 */
export function walk(start: StageView): Walk {
  const path = [start]
  const edges: EdgeView[] = []
  const seen = new Set(path)
  let join: StageView | undefined
  for (let at = start; ;) {
    const down = mostPressed(at)
    const up = down === undefined ? hungriest(at, seen, join !== undefined) : undefined
    if (up !== undefined) join ??= at
    const next = down?.to ?? up?.from
    if (next === undefined) break
    if (down !== undefined) edges.push(down)
    if (seen.has(next)) {
      const ring = path.slice(path.indexOf(next))
      return finish({ start, path, edges, ...(join !== undefined && { join }), ring })
    }
    seen.add(next)
    path.push(next)
    at = next
  }
  return finish({ start, path, edges, ...(join !== undefined && { join }) })
}

/** The out-edge that holds its producer back most, if any does. */
export function mostPressed(view: StageView): EdgeView | undefined {
  let worst: EdgeView | undefined
  for (const output of view.outputs) {
    if (output.blocked >= BLOCKED && output.blocked > (worst?.blocked ?? 0)) worst = output
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
  if (!view.outputs.every((output) => output.isLossy)) return undefined
  return view.outputs.find((output) => output.dropRate > PRESSED * output.putRate)
}

/** Whether what an edge holds is more than what its consumer takes in one go. */
export function isStanding(view: EdgeView): boolean {
  return view.edge.length > 2 * view.to.stage.slots && view.to.starved < 0.5
}

/** The input a starving stage lacks. On the way up any input will do; to turn, another input must be offered. */
function hungriest(view: StageView, seen: ReadonlySet<StageView>, isUpward: boolean): EdgeView | undefined {
  if (view.starved < 0.5 || (!isUpward && view.inputs.length < 2)) return undefined
  let least: EdgeView | undefined
  for (const input of view.inputs) {
    if (input.blocked >= BLOCKED && seen.has(input.from)) continue
    if (least === undefined || input.blocked < least.blocked) least = input
  }
  return least
}

function finish(found: Omit<Walk, 'end'>): Walk {
  let end = found.path.at(-1) as StageView
  // Service times vary, so a limiter with little margin is itself held back now and then, and the walk
  // goes on to a stage that is nearly, but not quite, as saturated.
  for (const view of found.path) if (saturation(view) > saturation(end) + 0.02) end = view
  return { ...found, end }
}

/** Where waiting can begin: stages without inputs, and consumers of an edge that holds a standing backlog. */
export function starts(view: FlowView): StageView[] {
  const found = new Set(view.stages.filter((stage) => stage.inputs.length === 0))
  for (const edge of view.edges) {
    const isSideBranch = edge.isLossy && edge.from.outputs.some((output) => !output.isLossy)
    if (!isSideBranch && isStanding(edge)) found.add(edge.to)
  }
  return [...found]
}
