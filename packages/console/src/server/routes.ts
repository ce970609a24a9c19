import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Clock } from 'forebay'
import type { Command } from '../command.ts'
import type { Feed } from './feed.ts'
import type { Guard } from './guard.ts'
import type { Page } from './page.ts'
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

/** POST /api/commands/<name>: the one thing that changes anything. */
export async function runCommand(site: Site, { request, response }: Exchange, name: string): Promise<void> {
  if (!site.allowWrite) return respond(response, 403, 'this console is read-only\n')
  if (!site.guard.isOwnOrigin(request)) return respond(response, 403, 'another origin may not write\n')
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    return respond(response, 415, 'expected application/json\n')
  const command = site.commands.find((candidate) => candidate.name === name)
  if (command === undefined) return respond(response, 404, 'no such command\n')
  const body = await readBody(request, maxCommandBytes)
  if (body === undefined) {
    return respond(response, 413, `expected at most ${maxCommandBytes} bytes\n`, { connection: 'close' })
  }
  let input: unknown
  try {
    input = body === '' ? undefined : JSON.parse(body)
  } catch {
    return respond(response, 400, 'expected a JSON value\n')
  }
  try {
    respondJson(response, 200, { message: (await command.run(input)) ?? '' })
  } catch (error) {
    respondJson(response, 500, { message: error instanceof Error ? error.message : String(error) })
  }
}
