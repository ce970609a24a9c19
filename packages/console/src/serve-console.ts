import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { systemClock } from 'forebay'
import type { Clock } from 'forebay'
import type { Queue } from 'forebay/queue'
import type { Command } from './command.ts'
import type { ConsoleSource } from './console-source.ts'
import { Feed } from './server/feed.ts'
import { Guard, isLoopback } from './server/guard.ts'
import { listen } from './server/listen.ts'
import { loadPage } from './server/page.ts'
import { Queues } from './server/queues.ts'
import { respond } from './server/respond.ts'
import { ofQueue, probes, routes, runCommand } from './server/routes.ts'
import type { Exchange, Site } from './server/routes.ts'
import { scale } from './server/scale.ts'

export interface ConsoleOptions {
  /** Where to listen; the next free port is taken when this one is not. 0 takes any. Default 7788. */
  port?: number
  /** Default 127.0.0.1. A host that other machines can reach needs a `token`. */
  host?: string
  /** Whether the page may run `commands`; then a token is made up when none is given. Default false. */
  allowWrite?: boolean
  /** Secret of at least 16 characters that every request must carry, but for /live and /ready. */
  token?: string
  /** What /metrics answers. */
  metrics?: () => string | Promise<string>
  /** What the page offers to do when it may write. */
  commands?: readonly Command[]
  /**
   * Queues to show, such as `() => store.opened()`: what they hold, the beginnings of dead letters, and with `allowWrite` a
   * way to put those back. Default none.
   */
  queues?: () => readonly Queue<unknown>[]
  /** Pages that may be connected at once; one more gets 503. Default 16. */
  maxViewers?: number
  clock?: Clock
}

export interface RunningConsole {
  /** Where to point a browser; with a token, the token is in it. */
  readonly url: string
  readonly port: number
  /** Ends every connection. Closing twice is fine. */
  close(): Promise<void>
}

const maxUrlLength = 2048

/**
 * Serves the console of `source` over HTTP: the page, its event stream, JSON for scripts, metrics and probes.
 * However many watch, the source is read once; a viewer that is slow skips pictures and holds none.
 * Throws `RangeError` or `TypeError` on options that are wrong or would open it to others without a token.
 */
export async function serveConsole(source: ConsoleSource, options: ConsoleOptions = {}): Promise<RunningConsole> {
  const { port = 7788, host = '127.0.0.1', allowWrite = false, commands = [], maxViewers = 16 } = options
  const token = options.token ?? (allowWrite && isLoopback(host) ? randomBytes(18).toString('base64url') : undefined)
  checkOptions(port, host, token, commands, maxViewers)
  const clock = options.clock ?? systemClock
  const guard = new Guard(host, token)
  const page = loadPage()
  const feed = new Feed(source, clock)
  const queues = new Queues(options.queues ?? (() => []))
  const site: Site = { feed, guard, page, clock, maxViewers, allowWrite, commands, metrics: options.metrics, queues }
  const server = createServer(listener(site))
  server.maxConnections = maxViewers * 2 + 32
  server.maxHeadersCount = 64
  server.headersTimeout = 5_000
  server.requestTimeout = 10_000
  server.keepAliveTimeout = 5_000
  server.on('clientError', (_error, socket) => socket.destroy())
  let bound: number
  try {
    bound = await listen(server, port, host)
  } catch (error) {
    feed.close()
    throw error
  }
  const secret = token === undefined ? '' : `?token=${encodeURIComponent(token)}`
  let closing: Promise<void> | undefined
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/${secret}`,
    port: bound,
    close: () => {
      closing ??= new Promise((resolve) => {
        feed.close()
        queues.close()
        server.close(() => resolve())
        server.closeAllConnections()
      })
      return closing
    },
  }
}

function listener(site: Site): RequestListener {
  return (request, response) => {
    answer(site, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else respond(response, 500, `${error instanceof Error ? error.message : String(error)}\n`)
    })
  }
}

async function answer(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { guard } = site
  if (!guard.isKnownHost(request)) return respond(response, 421, 'this console does not answer under that name\n')
  const target = request.url ?? '/'
  if (target.length > maxUrlLength) return respond(response, 414, 'the URL is too long\n', { connection: 'close' })
  if (!target.startsWith('/')) return respond(response, 400, 'expected a path\n')
  const { pathname, searchParams } = new URL(`http://console${target}`)
  const exchange: Exchange = { request, response, query: searchParams }
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const probe = probes.get(pathname)
  if (probe !== undefined && isRead) return probe(site, exchange)
  if (guard.needsToken && !guard.hasToken(request)) return admit(site, exchange, pathname)
  const command = /^\/api\/commands\/([\w-]{1,64})$/.exec(pathname)?.[1]
  if (command !== undefined && request.method === 'POST') return runCommand(site, exchange, command)
  const flow = /^\/scale\/([^/]{1,512})$/.exec(pathname)?.[1]
  if (flow !== undefined && isRead) return scale(site, exchange, flow)
  if (flow !== undefined) return respond(response, 405, 'GET only\n', { allow: 'GET, HEAD' })
  const ofOne = /^\/api\/queues\/([\w.-]{1,100})\/(dead|redrive)$/.exec(pathname)
  if (ofOne !== null) return ofQueue(site, exchange, ofOne[1] ?? '', ofOne[2] ?? '')
  const route = routes.get(pathname)
  if (route === undefined) return respond(response, 404, 'not found\n')
  if (!isRead) return respond(response, 405, 'GET only\n', { allow: 'GET, HEAD' })
  return route(site, exchange)
}

/** The one way in for a browser that has no cookie yet: the URL that was printed, with the token in it. */
function admit({ guard }: Site, { request, response, query }: Exchange, pathname: string): void {
  if (pathname === '/' && request.method === 'GET' && guard.isToken(query.get('token'))) {
    return respond(response, 303, '', { location: '/', 'set-cookie': guard.setCookie(request) })
  }
  respond(response, 401, 'this console needs its token: open the URL that was printed when it started\n', {
    'www-authenticate': 'Bearer',
  })
}

function checkOptions(
  port: number,
  host: string,
  token: string | undefined,
  commands: readonly Command[],
  maxViewers: number,
): void {
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new RangeError(`port: expected a whole number from 0 to 65535, got ${port}`)
  if (!Number.isInteger(maxViewers) || maxViewers < 1 || maxViewers > 1000)
    throw new RangeError(`maxViewers: expected a whole number from 1 to 1000, got ${maxViewers}`)
  if (token !== undefined && token.length < 16)
    throw new RangeError(`token: expected at least 16 characters, got ${token.length}`)
  if (token === undefined && !isLoopback(host))
    throw new TypeError(`token: expected one, because other machines can reach host '${host}'`)
  for (const { name } of commands) {
    if (!/^[\w-]{1,64}$/.test(name))
      throw new RangeError(`commands: expected a name of letters, digits and dashes, got '${name}'`)
  }
}
