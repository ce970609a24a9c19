import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const loopbackName = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|::1)$/i

/** Whether `host`, a name to listen on, can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return loopbackName.test(host)
}

/** The name in a Host header, without its port; undefined when it is not a plain name and port. */
function nameOf(header: string | undefined): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1]
}

/**
 * Decides who may ask. A page of another site can make a browser send requests here under a name of its own that
 * resolves to this machine (DNS rebinding): the Host header gives it away. Where the console can be reached from other
 * machines their names are not known beforehand, and the token takes that part: such a page cannot know it.
 */
export class Guard {
  readonly #loopbackOnly: boolean
  readonly #digest: Buffer | undefined
  readonly #token: string | undefined

  constructor(host: string, token: string | undefined) {
    this.#loopbackOnly = isLoopback(host)
    this.#token = token
    this.#digest = token === undefined ? undefined : sha256(token)
  }

  get needsToken(): boolean {
    return this.#token !== undefined
  }

  isKnownHost(request: IncomingMessage): boolean {
    const name = nameOf(request.headers.host)
    return name !== undefined && (!this.#loopbackOnly || isLoopback(name))
  }

  /** Whether the request carries the token: as a bearer, or as the cookie that the page got. */
  hasToken(request: IncomingMessage): boolean {
    const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    return this.isToken(bearer) || this.isToken(cookie(request, cookieName(request)))
  }

  isToken(candidate: string | null | undefined): boolean {
    if (this.#digest === undefined || candidate === undefined || candidate === null) return false
    return timingSafeEqual(sha256(candidate), this.#digest)
  }

  /** The header that lets the page carry the token from now on, out of reach of scripts and of other sites. */
  setCookie(request: IncomingMessage): string {
    return `${cookieName(request)}=${encodeURIComponent(this.#token ?? '')}; Path=/; HttpOnly; SameSite=Strict`
  }

  /** Whether a request that changes something was made by this page or by no page at all. */
  isOwnOrigin(request: IncomingMessage): boolean {
    const { origin, host } = request.headers
    return origin === undefined || origin === `http://${host}` || origin === `https://${host}`
  }
}

/** Cookies know no ports, and two consoles may run on one machine. */
function cookieName(request: IncomingMessage): string {
  return `forebay-${request.socket.localPort ?? 0}`
}

function cookie(request: IncomingMessage, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = pair.trim().split('=')
    if (key === name && value !== undefined) return decode(value)
  }
  return undefined
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
