import { join } from 'node:path'
import { lmdbTable } from '@forebay/connectors'
import type { Program } from 'forebay'
import { all, breaker, budget, limit, rate } from 'forebay/gates'
import { receiveNdjson } from 'forebay/node'
import { Cast } from './src/cast.ts'
import { EnrichClient } from './src/enrich-client.ts'
import { FLIGHTS, parseFlight, type EnrichedFlight, type Flight } from './src/flight.ts'
import { panes, type Pane } from './src/panes.ts'
import { resumeAt } from './src/resume.ts'
import { RouteCache } from './src/route-cache.ts'
import { settings } from './src/settings.ts'

// Three million flights, played ten times faster than they can be stored, through a durable edge, a service that has
// bad days, and into a table. Run it with `npm start`; read it from `program` on.

const { data, port, rate: offered, rows, from, pace, twin, incidents } = settings(process.env, FLIGHTS)
const ackLog = join(data, 'acknowledged.log')
const notes = new Set<(note: string) => void>()

/** The processes around the flow: enrichment service, replayer, twin, and the script of incidents. */
const cast = new Cast({
  rate: offered,
  pace,
  ...range(),
  ackLog,
  twin,
  ...(!incidents && { incidents: [] }),
  note: (text) => {
    for (const tell of notes) tell(text)
  },
})

const service = new EnrichClient(() => cast.serviceUrl)
const routes = new RouteCache(10_000)
const retries = budget({ ratio: 0.1, minPerSecond: 5 })

/** Flights in one call of the service. */
const BATCH = 50

/** When a call of the service may start. */
const calls = all(
  [
    rate({ limit: pace / BATCH, per: '1s', burst: 2, name: 'pace' }),
    breaker({ failureRate: 0.5, window: '5s', min: 10, openFor: '1s', probes: 2, name: 'service' }),
    limit(20, { name: 'in-flight' }),
  ],
  { name: 'calls', line: 64 },
)

export const program: Program<number> = receiveNdjson<Flight>({
  parse: parseFlight,
  port,
  ports: 20,
  wait: '5s',
  onOpen: ({ url }) => {
    tell(`the door takes lines of JSON: POST ${url}/events`)
    void cast.start(rows > 0 ? `${url}/events` : undefined)
  },
})
  .named('door')
  .durable('inbox', {
    items: 20_000,
    bytes: 32 * 1024 ** 2,
    prefetch: 2048,
    maxAttempts: 20, // a flight that was out when the process was killed has used one up
    backoff: (failed) => Math.min(30_000, 250 * 2 ** failed),
  })
  .mapBatches<EnrichedFlight>((flights, { signal }) => service.enrich(flights, signal).then(remember), {
    name: 'enrich',
    items: BATCH,
    within: '10ms',
    concurrency: 16,
    order: 'completion',
    gate: calls,
    timeout: '10s',
    retry: { max: 2, budget: retries },
    fallback: (flights, error) => flights.map((flight) => routes.recall(flight) ?? asError(error)),
    onError: 'dead-letter',
  })
  .batch({ items: 500, within: '200ms' })
  .to({ open: table }, { name: 'table', concurrency: 2 })
  .named('flights')

/** Where durable edges live, unless `--store` says otherwise. */
export const store = `disk:${join(data, 'queue')}`

/** What plays beside the flow: panes for the console, notes as they come, who has died, and what the console may do. */
export const beside = {
  panes: (): Pane[] => panes(cast.inspect()),
  onNote: (listener: (note: string) => void): (() => void) => {
    notes.add(listener)
    return () => void notes.delete(listener)
  },
  gates: [calls],
  drain: (): void => cast.drain(),
  failures: (): readonly string[] => cast.inspect().failures,
  commands: [
    { name: 'slow', title: 'Slow the service down', run: (): Promise<string> => cast.incidents.slowDown() },
    { name: 'fail', title: 'Let the service fail', run: (): Promise<string> => cast.incidents.letFail() },
  ],
}

function table(): { write(flights: EnrichedFlight[]): Promise<void>; close(): Promise<void> } {
  const rows = lmdbTable<EnrichedFlight>(join(data, 'table'))
  return {
    write: (flights) => rows.put(flights),
    close: async () => {
      await rows.close()
      await cast.stop()
      service.close()
    },
  }
}

function remember(results: (EnrichedFlight | Error)[]): (EnrichedFlight | Error)[] {
  for (const result of results) if (!(result instanceof Error)) routes.remember(result)
  return results
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

/** The part of the data set to play: it goes on where the last run was. */
function range(): { from: number; to: number } {
  const first = from ?? resumeAt(ackLog, FLIGHTS)
  return { from: first, to: Math.min(FLIGHTS, first + rows) }
}

function tell(note: string): void {
  for (const listener of notes) listener(note)
}
