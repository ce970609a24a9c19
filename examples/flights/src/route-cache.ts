import type { EnrichedFlight, Flight } from './flight.ts'

/**
 * The last answer for each route, at most `max` routes, the one longest unused goes first. Good for what never
 * changes, such as names and distances, while the service is away.
 */
export class RouteCache {
  readonly #routes = new Map<string, Pick<EnrichedFlight, 'originName' | 'destinationName' | 'greatCircle'>>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#routes.size
  }

  remember({ origin, destination, originName, destinationName, greatCircle }: EnrichedFlight): void {
    const route = `${origin}-${destination}`
    this.#routes.delete(route)
    this.#routes.set(route, { originName, destinationName, greatCircle })
    if (this.#routes.size <= this.#max) return
    const [oldest] = this.#routes.keys()
    this.#routes.delete(oldest as string)
  }

  /** The flight with the last answer for its route; `undefined` when there is none, or the flight is impossible. */
  recall(flight: Flight): EnrichedFlight | undefined {
    const known = this.#routes.get(`${flight.origin}-${flight.destination}`)
    return known === undefined || !(flight.distance > 0) ? undefined : { ...flight, ...known, source: 'cache' }
  }
}
