import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Flight } from './flight.ts'
import { isPoisoned, poison } from './poison.ts'
import { post } from './post-json.ts'

export interface ReplayOptions {
  /** Address of the door, with its path. */
  readonly url: string
  /** Where the flights come from, in order of their ids. */
  readonly flights: AsyncIterable<readonly Flight[]>
  /** Flights a second that the data would arrive at if nobody held it back. */
  readonly rate: number
  /** What happens to flights that are due while every connection is busy: they wait in the file, or are skipped and counted. */
  readonly overflow: 'backpressure' | 'drop-newest'
  /** Bodies on their way at once; default 4. */
  readonly connections?: number
  readonly seed: number
  /** Told the ids of a range, both included, as soon as the door has answered for it. */
  readonly acknowledged: (first: number, last: number) => void
  readonly signal: AbortSignal
}

/** What a replay has done so far. */
export interface ReplayCounts {
  /** Flights offered to the door at least once. */
  offered: number
  acknowledged: number
  poisoned: number
  /** Flights skipped by `drop-newest`. */
  dropped: number
  /** Answers 429 and 503, after which the rest of a body was sent again. */
  refusals: number
  /** Attempts that got no answer. */
  errors: number
  /** Flights that the door called malformed. */
  rejected: number
  /** How far the replay is behind its rate, ms. */
  behindMs: number
}

interface Body {
  readonly flights: readonly Flight[]
  /** Flights at its beginning that are acknowledged. */
  done: number
}

const ANSWER_MS = 120_000
const MAX_BACKOFF_MS = 2000

/**
 * Plays flights into a door at a rate, over a few connections that each have one body on its way: that is all it
 * holds. An answer says how far a body got; the replay waits as long as it is told and sends the rest again.
 */
export class Replay {
  readonly counts: ReplayCounts = {
    offered: 0,
    acknowledged: 0,
    poisoned: 0,
    dropped: 0,
    refusals: 0,
    errors: 0,
    rejected: 0,
    behindMs: 0,
  }
  readonly #options: ReplayOptions
  readonly #agent: Agent
  readonly #startedAt = performance.now()
  #taken = 0

  constructor(options: ReplayOptions) {
    this.#options = options
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.connections ?? 4 })
  }

  /** Resolves when every flight is acknowledged, dropped or rejected, or the signal has aborted. */
  async run(): Promise<ReplayCounts> {
    const { flights, connections = 4, signal } = this.#options
    const bodies = flights[Symbol.asyncIterator]()
    try {
      await Promise.all(Array.from({ length: connections }, () => this.#connection(bodies)))
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      this.#agent.destroy()
      await bodies.return?.()
    }
    return this.counts
  }

  async #connection(bodies: AsyncIterator<readonly Flight[]>): Promise<void> {
    const { signal } = this.#options
    while (!signal.aborted) {
      const next = await bodies.next() // several connections wait in line here: the iterator serves them in order
      if (next.done === true) return
      const flights = next.value
      const lateMs = await this.#untilDue(flights.length)
      if (this.#options.overflow === 'drop-newest' && lateMs > this.#patienceMs(flights.length)) {
        this.counts.dropped += flights.length
        continue
      }
      await this.#deliver({ flights: flights.map((flight) => this.#spoil(flight)), done: 0 })
    }
  }

  /** Waits until the next `count` flights are due, and gives how late they are, ms. */
  async #untilDue(count: number): Promise<number> {
    const { rate, signal } = this.#options
    this.#taken += count
    const waitMs = this.#startedAt + (this.#taken * 1000) / rate - performance.now()
    this.counts.behindMs = Math.max(0, Math.round(-waitMs))
    if (waitMs > 1) await sleep(waitMs, undefined, { signal })
    return -waitMs
  }

  /** Lateness that is no reason to skip: what the connections themselves account for. */
  #patienceMs(count: number): number {
    return (count * (this.#options.connections ?? 4) * 1000) / this.#options.rate
  }

  #spoil(flight: Flight): Flight {
    if (!isPoisoned(flight.id, this.#options.seed)) return flight
    this.counts.poisoned++
    return poison(flight)
  }

  async #deliver(body: Body): Promise<void> {
    const { signal } = this.#options
    this.counts.offered += body.flights.length
    for (let failures = 0; body.done < body.flights.length && !signal.aborted;) {
      const waitMs = await this.#attempt(body, failures)
      failures = waitMs === 'failed' ? failures + 1 : 0
      const pauseMs = waitMs === 'failed' ? Math.min(MAX_BACKOFF_MS, 50 * 2 ** failures) : waitMs
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal })
    }
  }

  /** Sends what is left of a body once; gives how long to wait before the next attempt, ms. */
  async #attempt(body: Body, failures: number): Promise<number | 'failed'> {
    const { url, signal } = this.#options
    const { counts } = this
    const left = body.flights.slice(body.done)
    const answer = await post({
      url,
      body: left.map((flight) => JSON.stringify(flight)).join('\n') + '\n',
      agent: this.#agent,
      timeoutMs: ANSWER_MS,
      contentType: 'application/x-ndjson',
      signal,
    }).catch(() => undefined)
    const accepted = (answer?.json as { accepted?: unknown } | undefined)?.accepted
    if (answer === undefined || typeof accepted !== 'number' || accepted < 0 || accepted > left.length) {
      if (!signal.aborted && failures === 0) counts.errors++
      return 'failed'
    }
    this.#acknowledge(body, accepted)
    if (answer.status === 429 || answer.status === 503) {
      counts.refusals++
      return Math.max(1, answer.retryAfter ?? 1) * 1000
    }
    if (answer.status === 400 || answer.status === 413) {
      body.done++ // the line that was refused; it would be refused for ever
      counts.rejected++
    }
    return 0
  }

  #acknowledge(body: Body, accepted: number): void {
    const first = body.flights[body.done]
    const last = body.flights[body.done + accepted - 1]
    body.done += accepted
    if (accepted === 0 || first === undefined || last === undefined) return
    this.#options.acknowledged(first.id, last.id)
    this.counts.acknowledged += accepted
  }
}
