import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { isForebayError, type Shed } from 'forebay'
import { adaptiveRate, all, limit } from 'forebay/gates'
import { gatedFetch, nodeGate, readSignals, refusedBy } from 'forebay/http'
import { announce } from './announce.ts'
import { BUFFER, CALLER, PATIENCE_MS } from './settings.ts'

/** A, B or C: whatever it is asked, it asks Z. */
const z = process.env['Z'] as string
const headers = { [CALLER]: process.env['NAME'] as string }

/** What a service has seen, for the one who started it. */
const seen = { told: 0, refusedByZ: 0, sent: 0, mostHeld: 0, slowestPace: Infinity }

/** As many services are: it passes on whatever comes, and gives up when its own client does. */
async function plain(_: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const answer = await fetch(z, { headers, signal: AbortSignal.timeout(PATIENCE_MS) })
    await answer.arrayBuffer()
    response.writeHead(answer.status).end()
  } catch {
    response.writeHead(504).end()
  }
}

/** So many may be in here at once; the next is told to come back. */
const door = limit(BUFFER, { name: 'door', line: 0 })

/** The pace at which Z is asked: as fast as anybody likes, until Z says what it takes. `gatedFetch` hands that over, and obeys `Retry-After`. */
const pace = adaptiveRate({ max: 1000, burst: 10, name: 'pace' })
const send = gatedFetch({ gate: all([pace, limit(6)], { line: { max: BUFFER, hold: '800ms' } }) })

/** The same behind its door: the rest of the client's deadline goes along to Z, and who could not be served in time is refused at once. */
async function careful(_: IncomingMessage, response: ServerResponse): Promise<void> {
  seen.mostHeld = Math.max(seen.mostHeld, door.stats.inUse)
  try {
    const answer = await send(z, { headers })
    await answer.arrayBuffer()
    seen.sent++
    if (answer.status === 429 || answer.status === 503) seen.refusedByZ++
    if (readSignals(answer.headers).quotas.length > 0) seen.told++
    seen.slowestPace = Math.min(seen.slowestPace, pace.inspect().limit)
    response.writeHead(answer.status).end()
  } catch (error) {
    if (!isForebayError(error, 'FOREBAY_SHED')) return void response.writeHead(504).end()
    const { status, headers: told, body } = refusedBy(error as Shed)
    response.writeHead(status, told).end(body)
  }
}

const isGated = process.env['GATED'] === '1'
const unguarded = (request: IncomingMessage, response: ServerResponse): void => void plain(request, response)
announce(createServer(isGated ? nodeGate(careful, { gate: door }) : unguarded), () => seen)
