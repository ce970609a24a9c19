import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Clock } from 'forebay'
import type { Command } from '../command.ts'
import type { Feed } from './feed.ts'
import type { Guard } from './guard.ts'
import type { Page } from './page.ts'
import { redriveOrder } from './queues.ts'
import type { Queues } from './queues.ts'
import { readBody } from './read-body.ts'
import { commonHeaders, respond, respondJson } from './respond.ts'
import { Viewer } from './viewer.ts'

/** All that a route may use. */
export interface Site {
  readonly feed: Feed
  readonly guard: Guard
  readonly page: Page
  readonly clock: Clock
  readonly maxViewers: number
  readonly allowWrite: boolean
  readonly commands: readonly Command[]
  readonly metrics: (() => string | Promise<string>) | undefined
  readonly queues: Queues
}

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
}

type Route = (site: Site, exchange: Exchange) => void | Promise<void>

const maxCommandBytes = 16 * 1024

/** What answers GET. Everything that is served is named here. */
export const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/', page],
  ['/api/snapshot', ({ feed }, { response }) => respondJson(response, 200, feed.source.snapshots())],
  ['/api/why', ({ feed }, { response }) => respondJson(response, 200, feed.source.why())],
  ['/api/stream', stream],
  ['/api/history', history],
  ['/api/commands', commandList],
  ['/api/queues', queueList],
  ['/metrics', metrics],
])

/** Answered without the token: probes of an orchestrator carry none, and learn nothing but this. */
export const probes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/live', (_site, { response }) => respond(response, 200, 'live\n')],
  ['/ready', ready],
])

function page({ page: { html, gzipped, policy } }: Site, { request, response }: Exchange): void {
  const zip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  respond(response, 200, zip ? gzipped : html, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    vary: 'accept-encoding',
    ...(zip && { 'content-encoding': 'gzip' }),
  })
}

function stream({ feed, clock, maxViewers }: Site, { request, response }: Exchange): void {
  if (request.method === 'HEAD') return respond(response, 405, 'GET only\n', { allow: 'GET' })
  if (feed.viewers >= maxViewers) {
    return respond(response, 503, `${maxViewers} viewers are connected, the most allowed\n`, { 'retry-after': '5' })
  }
  response.writeHead(200, { ...commonHeaders, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
  response.write('retry: 1000\n\n')
  const remove = feed.add(new Viewer(feed, response, clock, request.headers['last-event-id']?.toString()))
  response.on('close', remove)
}

async function history({ feed }: Site, { request, response, query }: Exchange): Promise<void> {
  const after = Number(query.get('after') ?? 0)
  if (!Number.isFinite(after)) return respond(response, 400, 'after: expected a Unix time in ms\n')
  response.writeHead(200, { ...commonHeaders, 'content-type': 'application/x-ndjson; charset=utf-8' })
  if (request.method === 'HEAD') return void response.end()
  await pipeline(Readable.from(feed.history(after)), response)
}

function commandList({ allowWrite, commands }: Site, { response }: Exchange): void {
  respondJson(response, 200, allowWrite ? commands.map(({ name, title }) => ({ name, title })) : [])
}

async function metrics({ metrics: text }: Site, { response }: Exchange): Promise<void> {
  if (text === undefined) return respond(response, 404, 'no metrics are exported here\n')
  respond(response, 200, await text(), { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
}

function ready({ feed }: Site, { response }: Exchange): void {
  const snapshots = feed.source.snapshots()
  const isReady = snapshots.length > 0 && snapshots.every((snapshot) => snapshot.state === 'running')
  respond(response, isReady ? 200 : 503, isReady ? 'ready\n' : 'not ready\n')
}

function queueList({ queues, allowWrite }: Site, { response }: Exchange): void {
  respondJson(response, 200, queues.list(allowWrite))
}

/** /api/queues/<name>/dead and /api/queues/<name>/redrive. */
export async function ofQueue(site: Site, exchange: Exchange, name: string, what: string): Promise<void> {
  const { request, response } = exchange
  const { queues } = site
  const queue = queues.find(name)
  if (queue === undefined) return respond(response, 404, 'no such queue is open\n')
  if (what === 'dead') {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return respond(response, 405, 'GET only\n', { allow: 'GET, HEAD' })
    return respondJson(response, 200, await queues.dead(queue))
  }
  if (request.method !== 'POST') return respond(response, 405, 'POST only\n', { allow: 'POST' })
  const written = await readWrite(site, exchange)
  if (written === undefined) return
  const order = redriveOrder(written.input)
  if (typeof order === 'string') return respond(response, 400, `${order}\n`)
  if (!queues.redrive(queue, order)) return respond(response, 409, 'dead letters of this queue are being put back\n')
  respondJson(response, 202, { message: 'they are being put back' })
}

/** The JSON value of a request that may change something; `undefined` when it may not and has been answered. */
async function readWrite(site: Site, { request, response }: Exchange): Promise<{ input: unknown } | undefined> {
  const refuse = (status: number, text: string, headers = {}): undefined => {
    respond(response, status, `${text}\n`, headers)
    return undefined
  }
  if (!site.allowWrite) return refuse(403, 'this console is read-only')
  if (!site.guard.isOwnOrigin(request)) return refuse(403, 'another origin may not write')
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    return refuse(415, 'expected application/json')
  const body = await readBody(request, maxCommandBytes)
  if (body === undefined) return refuse(413, `expected at most ${maxCommandBytes} bytes`, { connection: 'close' })
  try {
    return { input: body === '' ? undefined : JSON.parse(body) }
  } catch {
    return refuse(400, 'expected a JSON value')
  }
}

/** POST /api/commands/<name>. */
export async function runCommand(site: Site, exchange: Exchange, name: string): Promise<void> {
  const { response } = exchange
  const command = site.commands.find((candidate) => candidate.name === name)
  if (site.allowWrite && site.guard.isOwnOrigin(exchange.request) && command === undefined)
    return respond(response, 404, 'no such command\n')
  const written = await readWrite(site, exchange)
  if (written === undefined || command === undefined) return
  try {
    respondJson(response, 200, { message: (await command.run(written.input)) ?? '' })
  } catch (error) {
    respondJson(response, 500, { message: error instanceof Error ? error.message : String(error) })
  }
}
