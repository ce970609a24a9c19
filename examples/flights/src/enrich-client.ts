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

/** A client of the enrichment service; several requests share its connections. */
export class EnrichClient {
  readonly #url: () => string | Promise<string>
  readonly #timeoutMs: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })

  /** `url` is asked for at every call: the service may come up later than the flow. A request may take `timeoutMs`. */
  constructor(url: () => string | Promise<string>, timeoutMs = 10_000) {
    this.#url = url
    this.#timeoutMs = timeoutMs
  }

  /**
   * The flights with what the service says about them, one result for each, in order: an {@link Unenrichable} for
   * those it refuses. Rejects with {@link ServiceUnavailable} when there is no answer for the whole batch.
   */
  async enrich(flights: readonly Flight[], signal?: AbortSignal): Promise<(EnrichedFlight | Unenrichable)[]> {
    const questions = flights.map(({ id, origin, destination, distance }) => ({ id, origin, destination, distance }))
    const { status, json, retryAfter } = await post({
      url: `${await this.#url()}/enrich`,
      body: JSON.stringify({ flights: questions }),
      agent: this.#agent,
      timeoutMs: this.#timeoutMs,
      ...(signal !== undefined && { signal }),
    }).catch((error: unknown) => {
      throw new ServiceUnavailable('the enrichment service does not answer', 0, error)
    })
    const answers = (json as { flights?: Enrichment[] } | undefined)?.flights
    if (status !== 200 || !Array.isArray(answers) || answers.length !== flights.length) {
      throw new ServiceUnavailable(`the enrichment service answered ${status}`, (retryAfter ?? 0) * 1000)
    }
    return flights.map((flight, index) => {
      const answer = answers[index] as Enrichment
      if (answer.status === 422) return new Unenrichable(flight, answer.error)
      const { originName, destinationName, greatCircle } = answer
      return { ...flight, originName, destinationName, greatCircle, source: 'service' }
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}
