import type { Snapshot } from '../snapshot.ts'
import { flowView, type FlowView, type StageView } from '../verdict/flow-view.ts'
import { verdict, type Verdict } from '../verdict/verdict.ts'

/** What a stage should look like. */
export interface ScaleTarget {
  /** Share of its slot time in which it works. */
  readonly use: number
  /** How long the oldest item may have waited in the queues above it, ms. */
  readonly ageMs: number
}

/** How far a stage is from its target, and whether more of it would change that. */
export interface ScaleAdvice {
  /** 1 where it is as it should be, 1.5 where half as much again is needed, 0.5 where half would do. */
  readonly pressure: number
  readonly use: number
  readonly oldestMs: number
  /** Items per second that end in it. */
  readonly rate: number
  /** Where the pressure comes from, or what is the limit instead. */
  readonly reason: string
  /** False when something else is the limit, so that more of this stage would change nothing. */
  readonly wouldHelp: boolean
}

/** Pressure of an age is not taken for more than this: it says that there is too little, and hardly how much. */
const MOST_BY_AGE = 2
/** Pressure up to here is as it should be: the tolerance of the Horizontal Pod Autoscaler. */
export const TOLERANCE = 0.1

/**
 * How much of a stage is needed, from two snapshots of one run: the ratio of what is seen to what should be, which is
 * what Kubernetes multiplies replicas by (`ceil(replicas · value / target)`, Horizontal Pod Autoscaler). By Little's law
 * (1961) the slots at work are arrivals · time of work, so use shows the load as long as it is below 1; above that the
 * age in the queues does. Where the verdict names something else as the limit, more of this stage would not help.
 */
export function scaleAdvice(
  before: Snapshot,
  after: Snapshot,
  stage: string,
  target: ScaleTarget,
  adds: 'workers' | 'replicas',
): ScaleAdvice | undefined {
  const view = flowView(before, after)
  const found = view.stages.find(({ stage: { id } }) => id === stage)
  if (found === undefined) return undefined
  const { busy: use, rate } = found
  const oldestMs = ageAbove(found)
  const byUse = use / target.use
  const byAge = Math.min(MOST_BY_AGE, oldestMs / target.ageMs)
  const pressure = Math.max(byUse, byAge)
  const { name } = found.stage
  const limit = elsewhere(view, found, verdict(before, after), adds)
  const shown =
    byUse >= byAge
      ? `${name} works ${percent(use)} of the time, ${percent(target.use)} is the target`
      : `the oldest item before ${name} waits ${seconds(oldestMs)}, ${seconds(target.ageMs)} is the target`
  const reason = limit === undefined ? shown : `0 more would help: ${limit}`
  return { pressure, use, oldestMs, rate, reason, wouldHelp: limit === undefined }
}

/** What is the limit, when it is not this stage. */
function elsewhere(
  { stages }: FlowView,
  { stage }: StageView,
  { kind, stage: named, sentence }: Verdict,
  adds: 'workers' | 'replicas',
): string | undefined {
  switch (kind) {
    case 'bottleneck': {
      const isSink = stages.find((view) => view.stage.id === named)?.outputs.length === 0
      // What a sink writes to is the same for all replicas.
      if (adds === 'replicas') return isSink ? sentence : undefined
      return named === stage.id ? undefined : sentence
    }
    case 'loop':
      return adds === 'replicas' ? undefined : sentence
    case 'stall':
      // Work that takes longer than it is looked at: more of it at once lets others through.
      return named === stage.id ? undefined : sentence
    case 'gate':
    case 'deadlock':
      return sentence
    default:
      return undefined
  }
}

/** How long the oldest item in front of a stage has waited, through the segments between, which hold nothing. */
function ageAbove(stage: StageView, seen: Set<StageView> = new Set([stage])): number {
  let oldest = 0
  for (const { edge, from } of stage.inputs) {
    oldest = Math.max(oldest, edge.oldestMs)
    if (edge.capacity > 0 || !from.stage.sync || seen.has(from)) continue
    seen.add(from)
    oldest = Math.max(oldest, ageAbove(from, seen))
  }
  return oldest
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
