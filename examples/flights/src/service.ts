import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { loadAirports } from './airports.ts'
import type { CapacityOptions } from './capacity.ts'
import { Busy, Capacity } from './capacity.ts'
import { enrichOne, parseQuestions } from './enrichment.ts'

const MAX_BODY_BYTES = 1024 ** 2
const MAX_FLIGHTS = 1000

/** About 6,400 flights a second in batches of 50. */
const defaultCapacity: CapacityOptions = {
  slots: 8,
  line: 64,
  serviceMs: (flights) => 12 + flights,
  contention: 0.5,
}

/** The enrichment service; see {@link openService}. */
export interface Service {
  readonly url: string
  readonly capacity: Capacity
  close(): Promise<void>
}

/**
 * Opens the enrichment service on loopback.
 *
 * `POST /enrich` `{ flights }` answers `{ flights }`, one answer for each, good or bad; 503 with `Retry-After` when its
 * line is full. `POST /admin/slow` `{ factor, forMs }` makes it slower for a while; `POST /admin/fail` `{ forMs }` makes
 * it answer 500.
 */
export async function openService(options: Partial<CapacityOptions> & { port?: number } = {}): Promise<Service> {
  const airports = loadAirports()
  const capacity = new Capacity({ ...defaultCapacity, ...options })
  let isFailing = false
  let endIncident = (): void => {}

  function incident(forMs: number, begin: () => void, end: () => void): void {
    endIncident()
    begin()
    const timer = setTimeout(() => endIncident(), forMs)
    endIncident = () => {
      clearTimeout(timer)
      endIncident = () => {}
      end()
    }
  }

  async function enrich(text: string, res: ServerResponse): Promise<void> {
    if (isFailing) return reply(res, 500, { error: 'failing, as told' })
    const questions = parseQuestions(text, MAX_FLIGHTS)
    try {
      await capacity.work(questions.length)
    } catch (error) {
      if (!(error instanceof Busy)) throw error
      res.setHeader('retry-after', Math.max(1, Math.ceil(error.retryAfterMs / 1000)))
      return reply(res, 503, { error: error.message, retryAfterMs: error.retryAfterMs })
    }
    reply(res, 200, { flights: questions.map((question) => enrichOne(airports, question)) })
  }

  async function route(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.url === '/live') return reply(res, 200, { waiting: capacity.waiting, slow: capacity.slow })
    if (req.method !== 'POST') return reply(res, 405, { error: 'POST' })
    const text = await textOf(req)
    if (req.url === '/enrich') return enrich(text, res)
    const { factor, forMs } = JSON.parse(text || '{}') as { factor?: unknown; forMs?: unknown }
    if (typeof forMs !== 'number' || !(forMs > 0 && forMs <= 600_000))
      throw new RangeError('forMs: expected 1 to 600000')
    if (req.url === '/admin/slow') {
      if (typeof factor !== 'number' || !(factor >= 1 && factor <= 1000))
        throw new RangeError('factor: expected 1 to 1000')
      incident(
        forMs,
        () => (capacity.slow = factor),
        () => (capacity.slow = 1),
      )
    } else if (req.url === '/admin/fail') {
      incident(
        forMs,
        () => (isFailing = true),
        () => (isFailing = false),
      )
    } else return reply(res, 404, { error: 'nothing here' })
    reply(res, 200, { ok: true })
  }

  const server = createServer({ connectionsCheckingInterval: 5000 }, (req, res) => {
    route(req, res).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      if (!res.headersSent) reply(res, 400, { error: message.slice(0, 200) })
    })
  })
  server.maxConnections = 1024
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    capacity,
    close: () => closed(server, () => endIncident()),
  }
}

function reply(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function textOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new RangeError(`body: expected at most ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function closed(server: Server, stop: () => void): Promise<void> {
  stop()
  const end = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await end
}
