import { checkInteger, checkNumber, show } from '../kernel/check.ts'
import { milliseconds, type Duration } from '../kernel/duration.ts'
import type { Outcome } from './try-strategy.ts'

/** What a strategy has to keep. Everything that is not named does not matter. */
export interface Goal {
  /** Latency that 99 of 100 jobs done stay below. */
  p99?: Duration
  /** Share of all jobs, 0 to 1, that may be lost, late or unfinished. */
  missed?: number
  /** Jobs that the flow may hold at worst. */
  held?: number
}

/** Throws `RangeError` or `TypeError`, naming what is wrong, unless it is a goal. */
export function checkGoal(goal: Goal): Goal {
  if (typeof goal !== 'object' || goal === null) throw new TypeError(`goal: expected an object, got ${show(goal)}`)
  if (goal.p99 !== undefined) milliseconds('goal.p99', goal.p99)
  if (goal.missed !== undefined) checkNumber('goal.missed', goal.missed, 0, 1)
  if (goal.held !== undefined) checkInteger('goal.held', goal.held, 0)
  return goal
}

/** Share of all jobs that were lost, late or unfinished. */
export function missedShare({ arrived, done, late }: Outcome): number {
  return arrived === 0 ? 0 : 1 - (done - late) / arrived
}

/** What of the goal an outcome does not keep, in words; empty when it keeps all. */
export function missedGoals(outcome: Outcome, { p99, missed, held }: Goal): string[] {
  const reached = outcome.latency?.p99 ?? 0
  const limit = p99 === undefined ? Infinity : milliseconds('goal.p99', p99)
  return [
    ...(outcome.error === undefined ? [] : [`it fails: ${outcome.error}`]),
    ...(reached > limit ? [`p99 is ${inWords(reached)}, not ${inWords(limit)}`] : []),
    ...(missed !== undefined && missedShare(outcome) > missed
      ? [`${percent(missedShare(outcome))} of the jobs are missed, not ${percent(missed)}`]
      : []),
    ...(held !== undefined && outcome.bound > held
      ? [`it may hold ${outcome.bound === Infinity ? 'any number of' : outcome.bound} jobs, not ${held}`]
      : []),
  ]
}

/** Milliseconds for people. */
export function inWords(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(0)} s`
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`
}

/** A share for people: a rounded percentage that is 0 and 100 only when the share is. */
export function percent(share: number): string {
  if (share > 0 && share < 0.0005) return '< 0.1 %'
  return `${(share * 100).toFixed(share > 0.1 || share === 0 ? 0 : 1)} %`
}
