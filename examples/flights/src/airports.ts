import { readFileSync } from 'node:fs'
import { parseCsv } from './csv.ts'
import { datasetFile } from './dataset.ts'

export interface Airport {
  readonly code: string
  readonly name: string
  readonly city: string
  readonly state: string
  /** Degrees, north and east positive. */
  readonly latitude: number
  readonly longitude: number
}

/** The airports of `airports.csv` by their code. */
export function loadAirports(): ReadonlyMap<string, Airport> {
  const [header = [], ...rows] = parseCsv(readFileSync(datasetFile('airports.csv'), 'utf8'))
  const column = (row: readonly string[], name: string): string => row[header.indexOf(name)] ?? ''
  return new Map(
    rows.map((row) => {
      const airport: Airport = {
        code: column(row, 'iata'),
        name: column(row, 'name'),
        city: column(row, 'city'),
        state: column(row, 'state'),
        latitude: Number(column(row, 'latitude')),
        longitude: Number(column(row, 'longitude')),
      }
      return [airport.code, airport]
    }),
  )
}

const EARTH_RADIUS_MILES = 3958.761

/** Miles along the great circle between two points (haversine formula, mean radius of the earth). */
export function greatCircle(
  a: Pick<Airport, 'latitude' | 'longitude'>,
  b: Pick<Airport, 'latitude' | 'longitude'>,
): number {
  const [latitudeA, latitudeB] = [radians(a.latitude), radians(b.latitude)]
  const half =
    Math.sin((latitudeB - latitudeA) / 2) ** 2 +
    Math.cos(latitudeA) * Math.cos(latitudeB) * Math.sin(radians(b.longitude - a.longitude) / 2) ** 2
  return 2 * EARTH_RADIUS_MILES * Math.asin(Math.min(1, Math.sqrt(half)))
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180
}
