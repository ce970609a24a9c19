import { WARM_UP, type Job } from './jobs.ts'

/** What a strategy has come to. */
export interface Figures {
  readonly strategy: string
  readonly offered: number
  readonly done: number
  /** Jobs that were done once more than needed: a broker delivers at least once. */
  readonly again: number
  readonly dropped: number
  /** Requests that were told to come back later. */
  readonly refused: number
  /** Times that somebody was told of drops. */
  readonly alerts: number
  /** Jobs done in a second. */
  readonly perSecond: number
  /** From the time when the producer had a job to put until it was done, waits of the producer for room or its rate included, ms. */
  readonly p50Ms: number
  readonly p99Ms: number
  /**
   * Most jobs that were in the queue for certain: the store had confirmed them, and no worker was done with them. Those
   * whose confirmation or acknowledgement is on its way are not counted, so what a store keeps to is never counted
   * beyond, whatever the machine.
   */
  readonly peakDepth: number
  /** Most bytes that the process held beyond what it had at the start. */
  readonly memory: number
}

/** Counts while a strategy is played. */
export class Meter {
  offered = 0
  dropped = 0
  refused = 0
  alerts = 0
  readonly #ages: number[] = [] // bounded by the jobs of one play
  readonly #done = new Set<number>()
  readonly #held = new Set<number>() // confirmed and not done: bounded by the jobs of one play
  #start = 0
  #heldAtStart = 0
  #memory = 0
  #peakDepth = 0
  #lastDone = 0
  #watching: NodeJS.Timeout | undefined

  get done(): number {
    return this.#done.size
  }

  /** The store has confirmed these. Some may be done already: their delivery was quicker than the answer. */
  stored(jobs: readonly Job[]): void {
    for (const { id } of jobs) if (!this.#done.has(id)) this.#held.add(id)
    this.#peakDepth = Math.max(this.#peakDepth, this.#held.size)
  }

  /** A worker is done with it, and about to acknowledge it. */
  finished({ id, bornAt }: Job): void {
    if (id === WARM_UP) return
    this.#lastDone = Date.now()
    this.#done.add(id)
    this.#held.delete(id)
    this.#ages.push(this.#lastDone - bornAt)
  }

  /** Begins to count, and looks ten times a second how much the process holds. */
  begin(): void {
    this.#start = this.#lastDone = Date.now()
    this.#heldAtStart = held()
    this.#watching = setInterval(() => {
      this.#memory = Math.max(this.#memory, held() - this.#heldAtStart)
    }, 100)
  }

  figures(strategy: string): Figures {
    clearInterval(this.#watching)
    const ages = this.#ages.toSorted((a, b) => a - b)
    const at = (share: number): number => ages[Math.min(ages.length - 1, Math.floor(ages.length * share))] ?? 0
    return {
      strategy,
      offered: this.offered,
      done: this.done,
      again: this.#ages.length - this.done,
      dropped: this.dropped,
      refused: this.refused,
      alerts: this.alerts,
      perSecond: (1000 * this.done) / (this.#lastDone - this.#start),
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      peakDepth: this.#peakDepth,
      memory: this.#memory,
    }
  }
}

function held(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
