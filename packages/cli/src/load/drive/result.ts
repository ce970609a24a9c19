import type { AnswerFigures, LoadWindow } from '../measure/recorder.ts'
import type { Figures, Latency } from '../measure/tally.ts'
import type { CheckedPlan } from '../plan/check-plan.ts'
import type { Scene } from './scene.ts'

/** What became of everything in a phase. */
export interface PhaseFigures extends Figures {
  readonly name: string
  /** Ms from the beginning of the first phase. */
  readonly from: number
  readonly to: number
  /** By name; empty without tenants. */
  readonly tenants: Readonly<Record<string, Figures>>
}

/** What a run has measured: plain data. In all figures, requests count where they were scheduled. */
export interface LoadResult {
  readonly url: string
  readonly seed: number
  /** Length of what was played, ms, without the time to warm up. */
  readonly playedMs: number
  /** Whether it was ended before its time. */
  readonly isInterrupted: boolean
  readonly total: Figures
  readonly phases: readonly PhaseFigures[]
  readonly tenants: Readonly<Record<string, Figures>>
  readonly levels: Readonly<Record<string, Figures>>
  /** By status (`200`), name of an error (`ECONNREFUSED`), or `timeout`: how often a request ended so. */
  readonly answers: Readonly<Record<string, AnswerFigures>>
  readonly retryAfter: {
    /** Refusals that said when to come back. */
    readonly told: number
    /** Attempts that were sent before that time; those that were not are `withheld`. */
    readonly ignored: number
  }
  /** About this client: how late it was in sending, ms. When this is not small, the latencies are its own. */
  readonly lag: Latency | undefined
  /** Over time: everything, and the first eight tenants. */
  readonly windows: {
    readonly all: readonly LoadWindow[]
    readonly tenants: Readonly<Record<string, readonly LoadWindow[]>>
  }
}

/** The accounts of a run that has ended; `stoppedAt` when it was ended before its time. */
export function resultOf(plan: CheckedPlan, { recorder, quiet }: Scene, stoppedAt: number | undefined): LoadResult {
  const wholeMs = plan.stretches.at(-1)?.to ?? 0
  const playedMs = Math.min(wholeMs, stoppedAt ?? wholeMs)
  const seconds = playedMs / 1000
  const windows = recorder.windows(playedMs)
  const names = plan.tenants.map(({ name }) => name).filter((name) => name !== '')
  const byName = <T>(values: readonly T[]): Record<string, T> =>
    Object.fromEntries(names.flatMap((name, index) => (values[index] === undefined ? [] : [[name, values[index]]])))
  return {
    url: plan.url.href,
    seed: plan.seed,
    playedMs,
    isInterrupted: stoppedAt !== undefined && stoppedAt < wholeMs,
    total: recorder.all.figures(seconds),
    phases: plan.stretches.map(({ name, from, to }, index) => {
      const span = Math.max(0, Math.min(to, playedMs) - from) / 1000
      const tenants = byName((recorder.tenantsIn[index] ?? []).map((tally) => tally.figures(span)))
      const figures = recorder.phases[index] as (typeof recorder.phases)[number]
      return { name, from, to, ...figures.figures(span), tenants }
    }),
    tenants: byName(recorder.tenants.map((tally) => tally.figures(seconds))),
    levels: Object.fromEntries(plan.levels.map((level, index) => [level, recorder.levels[index]?.figures(seconds)])),
    answers: recorder.answers(),
    retryAfter: { told: quiet.told, ignored: quiet.ignored },
    lag: recorder.lag(),
    windows: { all: windows.all, tenants: byName(windows.tenants) },
  } as LoadResult
}
