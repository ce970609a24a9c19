/** Flights in the data set. */
export const FLIGHTS = 3_000_000

/** One flight as the door takes it. Its id is its row number in the data set. */
export interface Flight {
  readonly id: number
  /** Scheduled departure, local time, `2001-01-31T23:59`. */
  readonly date: string
  /** Minutes late; negative when early. */
  readonly delay: number
  /** Miles, as recorded. */
  readonly distance: number
  /** IATA code. */
  readonly origin: string
  readonly destination: string
}

/** A flight with what the enrichment service knows about it. */
export interface EnrichedFlight extends Flight {
  readonly originName: string
  readonly destinationName: string
  /** Length of the great circle between the two airports, miles. */
  readonly greatCircle: number
  /** `service` or, while the service was away, `cache`. */
  readonly source: 'service' | 'cache'
}

/** Reads one line of NDJSON. Throws an error that names the field which is wrong. */
export function parseFlight(line: string): Flight {
  const value = JSON.parse(line) as Record<string, unknown> | null
  if (typeof value !== 'object' || value === null) throw new TypeError('expected an object')
  const { id, date, delay, distance, origin, destination } = value
  if (!Number.isSafeInteger(id) || (id as number) < 0) throw new TypeError('id: expected a whole number from 0')
  if (typeof date !== 'string' || date.length > 40) throw new TypeError('date: expected a short text')
  if (typeof delay !== 'number') throw new TypeError('delay: expected a number')
  if (typeof distance !== 'number') throw new TypeError('distance: expected a number')
  if (!isCode(origin)) throw new TypeError('origin: expected an airport code')
  if (!isCode(destination)) throw new TypeError('destination: expected an airport code')
  return { id: id as number, date, delay, distance, origin, destination }
}

function isCode(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= 8
}
