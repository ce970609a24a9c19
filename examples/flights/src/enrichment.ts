import type { Airport } from './airports.ts'
import { greatCircle } from './airports.ts'
import type { Flight } from './flight.ts'

/** What the service is asked about one flight. */
export type Question = Pick<Flight, 'id' | 'origin' | 'destination' | 'distance'>

/** What the service says about one flight: 422 is about that flight alone, and final. */
export type Enrichment =
  | {
      readonly id: number
      readonly status: 200
      readonly originName: string
      readonly destinationName: string
      readonly greatCircle: number
    }
  | { readonly id: number; readonly status: 422; readonly error: string }

export function enrichOne(airports: ReadonlyMap<string, Airport>, question: Question): Enrichment {
  const { id, origin, destination, distance } = question
  const from = airports.get(origin)
  const to = airports.get(destination)
  if (from === undefined) return { id, status: 422, error: `unknown airport '${origin}'` }
  if (to === undefined) return { id, status: 422, error: `unknown airport '${destination}'` }
  if (!(distance > 0)) return { id, status: 422, error: `impossible distance ${distance}` }
  const miles = Math.round(greatCircle(from, to) * 10) / 10
  return { id, status: 200, originName: from.name, destinationName: to.name, greatCircle: miles }
}

/** Reads a request's body. Throws an error that says what is wrong with it. */
export function parseQuestions(text: string, max: number): readonly Question[] {
  const value = JSON.parse(text) as { flights?: unknown } | null
  const flights = value?.flights
  if (!Array.isArray(flights)) throw new TypeError('flights: expected an array')
  if (flights.length > max) throw new RangeError(`flights: expected at most ${max}, got ${flights.length}`)
  for (const flight of flights as (Partial<Question> | null)[]) {
    const isQuestion =
      typeof flight?.id === 'number' &&
      typeof flight.origin === 'string' &&
      typeof flight.destination === 'string' &&
      typeof flight.distance === 'number'
    if (!isQuestion) throw new TypeError('flights: expected id, origin, destination and distance in each')
  }
  return flights as Question[]
}
