import { checkNumber } from '../kernel/check.ts'
import { milliseconds, type Duration } from '../kernel/duration.ts'
import { scaleAdvice, type ScaleAdvice } from '../kernel/scale/scale-advice.ts'
import type { Snapshot } from '../kernel/snapshot.ts'

export interface ScaleOptions {
  /** Name of the stage to look at; default the one that needs most. */
  stage?: string | undefined
  /** Share of its slot time that a stage should work; default 0.75. */
  use?: number
  /** How long the oldest item may wait in the queues above it; default 1 s. */
  target?: Duration
}

/** How many replicas of a program its flow needs, as a figure to multiply them by. */
export interface ScaleReport {
  readonly flow: string
  /** 100 where there are as many as are needed, 150 where half as many again are, 50 where half would do; no more than 100 where more would not help. */
  readonly value: number
  /** What `value` should be. */
  readonly target: 100
  /** False when something else is the limit, which `reason` names. */
  readonly wouldHelp: boolean
  readonly reason: string
  /** The stage that needs most. */
  readonly stage?: string
  readonly use?: number
  readonly oldestMs?: number
  /** Items per second through that stage. */
  readonly rate?: number
}

/** Two pictures closer together than this say nothing yet, ms. */
const LEAST_MS = 1000

/**
 * What an autoscaler is told of a flow, from two snapshots: replicas · value / 100 are needed. Where the verdict names a
 * gate, the sink or a deadlock as the limit, more replicas would not help, and `value` stays at 100. Throws `RangeError`
 * for options out of range and a stage that is not there.
 */
export function scaleReport(before: Snapshot, after: Snapshot, options: ScaleOptions = {}): ScaleReport {
  const { flow } = after
  const target = {
    use: checkNumber('use', options.use ?? 0.75, 0.05, 1),
    ageMs: checkNumber('target', milliseconds('target', options.target ?? '1s'), 1, 86_400_000),
  }
  const stages = after.stages.filter(({ name }) => options.stage === undefined || name === options.stage)
  if (stages.length === 0 && options.stage !== undefined) {
    const names = after.stages.map(({ name }) => name).join(', ')
    throw new RangeError(`stage: expected one of ${names}, got '${options.stage}'`)
  }
  if (after.state !== 'running' && after.state !== 'draining') {
    return { flow, value: 0, target: 100, wouldHelp: false, reason: `the flow is ${after.state}` }
  }
  if (after.at - before.at < LEAST_MS) {
    return { flow, value: 100, target: 100, wouldHelp: true, reason: 'too short a time to say' }
  }
  let worst: (ScaleAdvice & { readonly stage: string }) | undefined
  for (const { id, name } of stages) {
    const advice = scaleAdvice(before, after, id, target, 'replicas')
    if (advice === undefined || (worst !== undefined && advice.pressure <= worst.pressure)) continue
    worst = { ...advice, stage: name }
  }
  if (worst === undefined) return { flow, value: 100, target: 100, wouldHelp: true, reason: 'there is no stage yet' }
  const { pressure, wouldHelp, reason, stage, use, oldestMs, rate } = worst
  const value = Math.round((wouldHelp ? pressure : Math.min(1, pressure)) * 100)
  return { flow, value, target: 100, wouldHelp, reason, stage, use: round(use), oldestMs, rate: round(rate) }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
