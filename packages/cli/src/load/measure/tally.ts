import { Histogram } from './histogram.ts'

/**
 * How a request ended; each ends in exactly one way.
 *
 * - `ok`: an answer below 400 within its deadline; `late`: one after it
 * - `shed`: refused with 429 or 503; `failed`: any other answer from 400 on, or a broken connection
 * - `timedOut`: the client gave up
 * - `saturated`: not sent, because this client had no connection or no room left: a fault of the measurement
 * - `withheld`: not sent, because the service had said `Retry-After` and the client obeys
 * - `unfinished`: cut off when the run was aborted
 */
export const endings = ['ok', 'late', 'shed', 'failed', 'timedOut', 'saturated', 'withheld', 'unfinished'] as const
export type Ending = (typeof endings)[number]

/** Latencies in ms, counted from the scheduled instant. */
export interface Latency {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  readonly mean: number
}

/** What became of some requests. `offered` is the sum of all endings. */
export interface Figures extends Readonly<Record<Ending, number>> {
  readonly offered: number
  /** Requests of which at least one attempt was sent. */
  readonly sent: number
  /** Tries, the first ones too. */
  readonly attempts: number
  /** Share of those offered that were answered well and in time. */
  readonly okShare: number
  /** Answered well and in time, a second. */
  readonly goodput: number
  /** Of `ok`, `late` and `timedOut`, the last with the time waited: giving up early makes nothing look faster. Absent without any. */
  readonly latency: Latency | undefined
  /** Of `shed`: how long it took to be told no. */
  readonly refusal: Latency | undefined
}

/** Counts what becomes of some requests. */
export class Tally {
  readonly #counts: Record<Ending, number> = {
    ok: 0,
    late: 0,
    shed: 0,
    failed: 0,
    timedOut: 0,
    saturated: 0,
    withheld: 0,
    unfinished: 0,
  }
  #sent = 0
  #attempts = 0
  readonly #latency = new Histogram()
  readonly #refusal = new Histogram()

  add(ending: Ending, latencyMs: number, attempts: number): void {
    this.#counts[ending]++
    this.#attempts += attempts
    if (attempts > 0) this.#sent++
    if (ending === 'ok' || ending === 'late' || ending === 'timedOut') this.#latency.record(latencyMs)
    else if (ending === 'shed') this.#refusal.record(latencyMs)
  }

  /** `seconds` is the time in which the requests were scheduled. */
  figures(seconds: number): Figures {
    const offered = endings.reduce((sum, ending) => sum + this.#counts[ending], 0)
    return {
      offered,
      sent: this.#sent,
      attempts: this.#attempts,
      ...this.#counts,
      okShare: offered === 0 ? 0 : this.#counts.ok / offered,
      goodput: seconds === 0 ? 0 : this.#counts.ok / seconds,
      latency: latencyOf(this.#latency),
      refusal: latencyOf(this.#refusal),
    }
  }
}

/** The percentiles of a histogram; absent when it has recorded nothing. */
export function latencyOf(histogram: Histogram): Latency | undefined {
  if (histogram.count === 0) return undefined
  const [p50, p90, p99, p999, max, mean] = [
    histogram.at(0.5),
    histogram.at(0.9),
    histogram.at(0.99),
    histogram.at(0.999),
    histogram.max,
    histogram.mean,
  ].map((ms) => Math.round(ms * 1000) / 1000) as [number, number, number, number, number, number]
  return { p50, p90, p99, p999, max, mean }
}
