import { checkInteger, show } from '../../kernel/check.ts'
import type { Clock } from '../../kernel/clock.ts'
import { milliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'
import type { Gate } from '../../kernel/gate.ts'
import { RecentLatencies } from '../recent-latencies.ts'
import type { AdmitOptions } from './admit.ts'
import type { Budget } from './budget.ts'
import type { AdmittedCall, Work } from './call.ts'
import { HedgedTry } from './hedged-try.ts'
import { budgetOf } from './retry.ts'

export interface HedgeOptions {
  /**
   * How long a copy may run before another is started: a time, or a percentile of what calls took lately (`'p95'`).
   * By percentile nothing is hedged before twenty calls have ended.
   */
  after: Duration | `p${number}`
  /** Copies that may run at once, the first included; default 2. */
  copies?: number
  /** What may be spent on copies; default the one that retries through the same gate use. */
  budget?: Budget
}

/** Starts a second copy of a call that takes unusually long. Make one for all calls that go to the same place. */
export interface Hedge {
  /** Copies started beside a first. */
  readonly started: number
  /** Calls whose result came from such a copy. */
  readonly won: number
  /** Copies not started for want of budget. */
  readonly refused: number
  /** After how many ms a copy would be started now; `Infinity` while that is not known. */
  readonly afterMs: number
  /** Makes one try of a call; `admit` calls it. */
  run<T>(hedged: Hedged<T>): Promise<T>
}

/** One try of a call, as `admit` hands it over. */
export interface Hedged<T> {
  readonly gate: Gate
  readonly work: Work<T>
  /** The options, with what is asked for otherwise this time. */
  readonly ask: AdmitOptions<T>
  readonly options: AdmitOptions<T>
  /** Told how the try ended. */
  readonly call: AdmittedCall
  readonly clock: Clock
}

/**
 * Hedging for `admit({ hedge })`: when the work has run for `after`, another copy asks the gate, one level lower, and
 * the first good result counts. The others are aborted; each keeps its permit until its work has ended, so copies never exceed
 * what the gate allows, nor `copies`, nor a budget that they share with retries (one in ten calls by default). A copy that the gate
 * refuses changes nothing. The work must be safe to do twice.
 *
 * After Dean and Barroso, "The Tail at Scale" (CACM 56(2), 2013). Throws `RangeError` for options out of range.
 */
export function hedge(options: HedgeOptions): Hedge {
  return new Hedges(options)
}

/** What all calls that hedge together share. */
export class Hedges implements Hedge {
  started = 0
  won = 0
  refused = 0
  readonly copies: number
  readonly #fixedMs: number | undefined
  readonly #share: number
  readonly #budget: Budget | undefined
  readonly #latencies = new RecentLatencies()

  constructor({ after, copies, budget }: HedgeOptions) {
    this.copies = checkInteger('hedge.copies', copies ?? 2, 2, 10)
    this.#budget = budget
    this.#share = percentile(after)
    this.#fixedMs = this.#share > 0 ? undefined : milliseconds('hedge.after', after as Duration)
  }

  get afterMs(): number {
    return this.#fixedMs ?? this.#latencies.quantile(this.#share)
  }

  run<T>(hedged: Hedged<T>): Promise<T> {
    const { gate, clock, call, options } = hedged
    const shared = budgetOf(gate, clock)
    const budget = this.#budget ?? shared
    const isEarned = options.retry !== undefined && (options.retry.budget ?? shared) === budget
    if (call.attempt === 1 && !isEarned) budget.earn()
    return new HedgedTry(this, hedged, budget).run()
  }

  /** Told how long a first copy took, or had run when another was faster: either way its place in the order is known. */
  record(ms: number): void {
    if (this.#fixedMs === undefined) this.#latencies.record(ms)
  }
}

/** 0–1 for `'p95'`, 0 for a time. */
function percentile(after: Duration | `p${number}`): number {
  if (typeof after !== 'string' || !after.startsWith('p')) return 0
  const percent = Number(after.slice(1))
  if (percent >= 1 && percent <= 99.9) return percent / 100
  throw new RangeError(`hedge.after: expected a duration or a percentile from 'p1' to 'p99.9', got ${show(after)}`)
}
