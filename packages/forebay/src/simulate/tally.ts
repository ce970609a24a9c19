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

/** The jobs of one who asks: how many arrived, and how many of them were done in time. */
export interface Share {
  arrived: number
  inTime: number
}

/** Counts jobs that come out, each once. */
export class Tally<T> {
  done = 0
  late = 0
  readonly #seen: Uint8Array
  readonly #latencies: Float64Array
  readonly #patienceMs: number
  readonly #who: ((value: T) => string) | undefined
  /** By who asks: as many as the workload names. */
  readonly shares: Record<string, Share> = {}
  /** Where the interval began that {@link interval} ends. */
  #from = 0

  constructor(jobs: number, patienceMs: number, who?: (value: T) => string) {
    this.#seen = new Uint8Array(jobs)
    this.#latencies = new Float64Array(jobs)
    this.#patienceMs = patienceMs
    this.#who = who
  }

  /** Notes that `value` has arrived, and gives it back. */
  arrived(value: T): T {
    const who = this.#who?.(value)
    if (who !== undefined) this.#shareOf(who).arrived++
    return value
  }

  add(job: Job<T>, now: number): void {
    const index = (job as Job<T> | undefined)?.index
    if (index === undefined || this.#seen[index] !== 0) {
      throw new TypeError('a strategy lets every job come out once, as it came in: { index, value, at }')
    }
    this.#seen[index] = 1
    const latency = now - job.at
    this.#latencies[this.done++] = latency
    if (latency > this.#patienceMs) this.late++
    else if (this.#who !== undefined) this.#shareOf(this.#who(job.value)).inTime++
  }

  #shareOf(who: string): Share {
    return (this.shares[who] ??= { arrived: 0, inTime: 0 })
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
