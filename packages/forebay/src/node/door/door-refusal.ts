import type { IncomingMessage } from 'node:http'
import type { Answer } from './door-answer.ts'
import type { DoorSettings } from './door-options.ts'

/** What the door can say about itself when a request arrives. */
export interface DoorState {
  readonly isClosing: boolean
  readonly isFull: boolean
  retryAfterMs(): number
}

/** The answer for everything that is not a body to be read; `undefined` for one that is. */
export function refusal<T>(req: IncomingMessage, settings: DoorSettings<T>, state: DoorState): Answer | undefined {
  const { path, maxBodyBytes, allowedHosts, isReady } = settings
  if (!allowedHosts.has(hostName(req.headers.host))) return { status: 421, body: { error: 'unknown host' } }
  const target = (req.url ?? '').split('?', 1)[0]
  if (target === '/live' || target === '/ready') {
    if (req.method !== 'GET' && req.method !== 'HEAD') return { status: 405, body: {}, allow: 'GET, HEAD' }
    const isUp = target === '/live' || (!state.isClosing && isReady())
    return { status: isUp ? 200 : 503, body: { ok: isUp } }
  }
  if (target !== path) return { status: 404, body: { error: `nothing here; POST ${path}` } }
  if (req.method !== 'POST') return { status: 405, body: { error: `POST ${path}` }, allow: 'POST' }
  if (isForeign(req, allowedHosts)) return { status: 403, body: { accepted: 0, error: 'not for pages of other sites' } }
  const encoding = req.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    return { status: 415, body: { accepted: 0, error: `content-encoding '${encoding}' is not supported` } }
  if (Number(req.headers['content-length'] ?? 0) > maxBodyBytes)
    return { status: 413, body: { accepted: 0, error: `the body is longer than ${maxBodyBytes} bytes` } }
  if (state.isClosing || state.isFull) {
    const retryAfterMs = state.retryAfterMs()
    return { status: 503, body: { accepted: 0, retryAfterMs }, retryAfterMs }
  }
  return undefined
}

/** The name in a `Host` header, in lower case and without its port. */
function hostName(header: string | undefined): string {
  return (header ?? '').toLowerCase().replace(/:\d+$/, '')
}

/** Whether a page of another site sent this: a browser lets any page post to a loopback address. */
function isForeign(req: IncomingMessage, allowedHosts: ReadonlySet<string>): boolean {
  const { origin } = req.headers
  if (origin === undefined) return false
  return !URL.canParse(origin) || !allowedHosts.has(new URL(origin).hostname)
}
