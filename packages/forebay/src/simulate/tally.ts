import type { Job } from './job.ts'

/** Latencies of jobs, ms from their arrival. */
export interface Latency {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** What has come out between two samples. */
export interface Interval {
  readonly done: number
  /** The highest latency of 99 %, ms; absent when nothing was done. */
  readonly p99?: number
}

/** Counts jobs that come out, each once. */
export class Tally {
  done = 0
  late = 0
  readonly #seen: Uint8Array
  readonly #latencies: Float64Array
  readonly #patienceMs: number
  /** Where the interval began that {@link interval} ends. */
  #from = 0

  constructor(jobs: number, patienceMs: number) {
    this.#seen = new Uint8Array(jobs)
    this.#latencies = new Float64Array(jobs)
    this.#patienceMs = patienceMs
  }

  add(job: Job<unknown>, now: number): void {
    const index = (job as Job | undefined)?.index
    if (index === undefined || this.#seen[index] !== 0) {
      throw new TypeError('a strategy lets every job come out once, as it came in: { index, value, at }')
    }
    this.#seen[index] = 1
    const latency = now - job.at
    this.#latencies[this.done++] = latency
    if (latency > this.#patienceMs) this.late++
  }

  /** Everything so far; absent when nothing was done. */
  latency(): Latency | undefined {
    if (this.done === 0) return undefined
    const sorted = this.#latencies.slice(0, this.done).sort()
    return { p50: at(sorted, 0.5), p95: at(sorted, 0.95), p99: at(sorted, 0.99), max: at(sorted, 1) }
  }

  /** What has come out since the last call. */
  interval(): Interval {
    const sorted = this.#latencies.slice(this.#from, this.done).sort()
    this.#from = this.done
    return { done: sorted.length, ...(sorted.length > 0 && { p99: at(sorted, 0.99) }) }
  }
}

/** The nearest rank. */
function at(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number
}
