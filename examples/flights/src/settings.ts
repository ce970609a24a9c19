import { fileURLToPath } from 'node:url'

/** What the flagship can be told from outside, through variables of the environment. */
export interface Settings {
  /** Where the sink and the note of what was acknowledged live: `FLIGHTS_DATA`. */
  readonly data: string
  /** Port of the door; the next free one when it is taken: `FLIGHTS_PORT`, 7787. */
  readonly port: number
  /** Flights a second that the replayer has to offer: `FLIGHTS_RATE`, 25000. */
  readonly rate: number
  /** How many flights to replay: `FLIGHTS_ROWS`, all; 0 is no replay. */
  readonly rows: number
  /** First flight: `FLIGHTS_FROM`, default where the last run was. */
  readonly from: number | undefined
  /** Flights a second that the service is asked about at most: `FLIGHTS_PACE`, 2500. */
  readonly pace: number
  /** Whether the twin plays: `FLIGHTS_TWIN=0` sends it home. */
  readonly twin: boolean
  /** Whether the service has its incidents: `FLIGHTS_INCIDENTS=0` spares it. */
  readonly incidents: boolean
}

export function settings(env: Readonly<Record<string, string | undefined>>, flights: number): Settings {
  const data = env['FLIGHTS_DATA'] ?? fileURLToPath(new URL('../data', import.meta.url))
  const from = env['FLIGHTS_FROM']
  return {
    data,
    port: whole('FLIGHTS_PORT', env, 7787, 0, 65_535),
    rate: whole('FLIGHTS_RATE', env, 25_000, 1, 10_000_000),
    rows: whole('FLIGHTS_ROWS', env, flights, 0, flights),
    from: from === undefined ? undefined : whole('FLIGHTS_FROM', env, 0, 0, flights),
    pace: whole('FLIGHTS_PACE', env, 2500, 1, 1_000_000),
    twin: whole('FLIGHTS_TWIN', env, 1, 0, 1) === 1,
    incidents: whole('FLIGHTS_INCIDENTS', env, 1, 0, 1) === 1,
  }
}

function whole(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  fallback: number,
  min: number,
  max: number,
): number {
  const text = env[name]
  if (text === undefined || text === '') return fallback
  const value = Number(text)
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new RangeError(`${name}: expected a whole number from ${min} to ${max}, got '${text}'`)
}
