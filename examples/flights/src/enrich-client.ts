import { Agent } from 'node:http'
import type { Enrichment } from './enrichment.ts'
import type { EnrichedFlight, Flight } from './flight.ts'
import { post } from './post-json.ts'

/** The service has answered that this flight can never be enriched. Trying again is useless. */
export class Unenrichable extends Error {
  readonly retryable = false

  constructor(flight: Flight, reason: string) {
    super(`flight ${flight.id}: ${reason}`)
    this.name = 'Unenrichable'
  }
}

/** The service did not answer, or refused the whole batch. */
export class ServiceUnavailable extends Error {
  readonly retryable = true
  readonly retryAfterMs: number

  constructor(message: string, retryAfterMs: number, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ServiceUnavailable'
    this.retryAfterMs = retryAfterMs
  }
}

export interface EnrichClientOptions {
  /** Address of the service, asked for at every call: it may come up later than the flow. */
  readonly url: () => string
  /** Flights in one request; default 50. */
  readonly items?: number
  /** How long the first flight of a batch waits for others, ms; default 5. */
  readonly within?: number
  /** Time for one request, ms; default 10,000. */
  readonly timeoutMs?: number
}

interface Asked {
  readonly flight: Flight
  readonly resolve: (enriched: EnrichedFlight) => void
  readonly reject: (error: unknown) => void
}

/**
 * Asks the service about single flights and sends the questions in batches: each caller gets its own answer
 * or its own error. It holds one question for each caller that waits, so whoever calls it bounds it.
 */
export class EnrichClient {
  readonly #url: () => string
  readonly #items: number
  readonly #within: number
  readonly #timeoutMs: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  #batch: Asked[] = []
  #timer: NodeJS.Timeout | undefined

  constructor({ url, items = 50, within = 5, timeoutMs = 10_000 }: EnrichClientOptions) {
    this.#url = url
    this.#items = items
    this.#within = within
    this.#timeoutMs = timeoutMs
  }

  enrich(flight: Flight): Promise<EnrichedFlight> {
    return new Promise((resolve, reject) => {
      this.#batch.push({ flight, resolve, reject })
      if (this.#batch.length >= this.#items) this.#send()
      else this.#timer ??= setTimeout(() => this.#send(), this.#within)
    })
  }

  close(): void {
    this.#agent.destroy()
  }

  #send(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const batch = this.#batch
    this.#batch = []
    this.#ask(batch).catch((error: unknown) => {
      for (const { reject } of batch) reject(error)
    })
  }

  async #ask(batch: readonly Asked[]): Promise<void> {
    const flights = batch.map(({ flight: { id, origin, destination, distance } }) => {
      return { id, origin, destination, distance }
    })
    const { status, json, retryAfter } = await post({
      url: `${this.#url()}/enrich`,
      body: JSON.stringify({ flights }),
      agent: this.#agent,
      timeoutMs: this.#timeoutMs,
    }).catch((error: unknown) => {
      throw new ServiceUnavailable('the enrichment service does not answer', 0, error)
    })
    const answers = (json as { flights?: Enrichment[] } | undefined)?.flights
    if (status !== 200 || !Array.isArray(answers) || answers.length !== batch.length) {
      throw new ServiceUnavailable(`the enrichment service answered ${status}`, (retryAfter ?? 0) * 1000)
    }
    batch.forEach(({ flight, resolve, reject }, index) => {
      const answer = answers[index] as Enrichment
      if (answer.status === 422) reject(new Unenrichable(flight, answer.error))
      else {
        const { originName, destinationName, greatCircle } = answer
        resolve({ ...flight, originName, destinationName, greatCircle, source: 'service' })
      }
    })
  }
}
