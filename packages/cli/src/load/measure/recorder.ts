import type { CheckedPlan } from '../plan/check-plan.ts'
import type { Arrival } from '../plan/schedule.ts'
import { Histogram } from './histogram.ts'
import { Tally, latencyOf, type Ending, type Figures, type Latency } from './tally.ts'

/** Figures of the requests that were scheduled in one stretch of the time axis. */
export interface LoadWindow extends Figures {
  /** Ms from the beginning of the first phase, to its end. */
  readonly from: number
  readonly to: number
}

/** How often requests ended with one status or error, and after how long. */
export interface AnswerFigures {
  readonly count: number
  readonly latency: Latency | undefined
}

/** Pictures over time have so many windows at most. */
const MAX_WINDOWS = 60
const LEAST_WINDOW_MS = 250
/** Tenants that are pictured over time; all of them are counted. */
const PICTURED_TENANTS = 8
/** Statuses and errors that are counted by name; the others are `other`. */
const MAX_ANSWERS = 64

/** Keeps all accounts of a run: bounded by the plan, not by how many requests there are. */
export class Recorder {
  readonly all: Tally = new Tally()
  readonly phases: readonly Tally[]
  readonly tenants: readonly Tally[]
  readonly levels: readonly Tally[]
  /** Tenants in each phase. */
  readonly tenantsIn: readonly (readonly Tally[])[]
  readonly windowMs: number
  readonly #windows: readonly Tally[]
  readonly #tenantWindows: readonly (readonly Tally[])[]
  readonly #answers = new Map<string, Histogram>() // bounded by MAX_ANSWERS
  readonly #lag = new Histogram()
  #recent = new Histogram()

  constructor(plan: CheckedPlan) {
    const tallies = (count: number): Tally[] => Array.from({ length: count }, () => new Tally())
    const length = plan.stretches.at(-1)?.to ?? 0
    this.windowMs = Math.ceil(Math.max(LEAST_WINDOW_MS, length / MAX_WINDOWS) / LEAST_WINDOW_MS) * LEAST_WINDOW_MS
    const windows = Math.ceil(length / this.windowMs)
    this.phases = tallies(plan.stretches.length)
    this.tenants = tallies(plan.tenants.length)
    this.levels = tallies(plan.levels.length)
    this.tenantsIn = plan.stretches.map(() => tallies(plan.tenants.length))
    this.#windows = tallies(windows)
    this.#tenantWindows = plan.tenants.slice(0, PICTURED_TENANTS).map(() => tallies(windows))
  }

  /** How late this client itself was in sending something. */
  begun(lagMs: number): void {
    this.#lag.record(lagMs)
  }

  /** Accounts for the end of a request, under the time at which it was scheduled. What was sent to warm up is not counted. */
  ended(arrival: Arrival, ending: Ending, latencyMs: number, attempts: number, answer: string | undefined): void {
    if (arrival.phase < 0) return
    const window = Math.floor(arrival.at / this.windowMs)
    this.all.add(ending, latencyMs, attempts)
    this.phases[arrival.phase]?.add(ending, latencyMs, attempts)
    this.tenants[arrival.tenant]?.add(ending, latencyMs, attempts)
    this.levels[arrival.level]?.add(ending, latencyMs, attempts)
    this.tenantsIn[arrival.phase]?.[arrival.tenant]?.add(ending, latencyMs, attempts)
    this.#windows[window]?.add(ending, latencyMs, attempts)
    this.#tenantWindows[arrival.tenant]?.[window]?.add(ending, latencyMs, attempts)
    if (answer !== undefined) this.#histogramOf(answer).record(latencyMs)
    if (ending === 'ok' || ending === 'late' || ending === 'timedOut') this.#recent.record(latencyMs)
  }

  /** Latency since this was last asked. */
  takeRecent(): Latency | undefined {
    const recent = latencyOf(this.#recent)
    this.#recent = new Histogram()
    return recent
  }

  lag(): Latency | undefined {
    return latencyOf(this.#lag)
  }

  answers(): Record<string, AnswerFigures> {
    const sorted = [...this.#answers].toSorted(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(
      sorted.map(([name, histogram]) => [name, { count: histogram.count, latency: latencyOf(histogram) }]),
    )
  }

  /** Everything over time, and per tenant; those that were to come after `untilMs` are left out. */
  windows(untilMs: number): { all: LoadWindow[]; tenants: LoadWindow[][] } {
    const picture = (tallies: readonly Tally[]): LoadWindow[] =>
      tallies.slice(0, Math.ceil(untilMs / this.windowMs)).map((tally, index) => {
        const from = index * this.windowMs
        const to = Math.min(from + this.windowMs, untilMs)
        return { from, to, ...tally.figures((to - from) / 1000) }
      })
    return { all: picture(this.#windows), tenants: this.#tenantWindows.map(picture) }
  }

  #histogramOf(answer: string): Histogram {
    const name = this.#answers.has(answer) || this.#answers.size < MAX_ANSWERS ? answer : 'other'
    let histogram = this.#answers.get(name)
    if (histogram === undefined) this.#answers.set(name, (histogram = new Histogram()))
    return histogram
  }
}
