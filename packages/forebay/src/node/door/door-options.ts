import type { Bytes } from '../../kernel/bytes.ts'
import { byteCount } from '../../kernel/bytes.ts'
import { checkFunction, checkInteger } from '../../kernel/check.ts'
import type { Clock } from '../../kernel/clock.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Duration } from '../../kernel/duration.ts'
import { milliseconds } from '../../kernel/duration.ts'
import type { Random } from '../../kernel/random.ts'
import { systemRandom } from '../../kernel/random.ts'

/** How {@link ndjsonDoor} listens and what it puts up with. */
export interface NdjsonDoorOptions<T> {
  /** Makes a record of a line, or throws: the client then gets 400 with the line's number and the error's message. */
  readonly parse: (line: string, lineNumber: number) => T
  /** Address to listen on; default `127.0.0.1`, which nobody else can reach. */
  readonly host?: string
  /** Port to listen on; default 0, any free one. */
  readonly port?: number
  /** Ports to try, counting up from `port`, when one is taken; default 1. */
  readonly ports?: number
  /** Path of the door; default `/events`. */
  readonly path?: string
  /** How long a request may stand still because the flow takes nothing, before it gets 429; default `'5s'`. */
  readonly wait?: Duration
  /** The longest line; default `'64KiB'`. Longer ones get 413. */
  readonly maxLine?: Bytes
  /** The longest body; default `'1GiB'`. Bodies are never held, so this is a matter of policy, not of memory. */
  readonly maxBody?: Bytes
  /** Requests that may be open at once; default 64. Others get 503. */
  readonly maxRequests?: number
  /** Records of one request that may be on their way to safety at once; default 4096. */
  readonly window?: number
  /** How long a client may take to send its headers, and may fall behind `minBytesPerSecond`; default `'10s'`. */
  readonly grace?: Duration
  /** The slowest body that is put up with while the door is reading; default 240. */
  readonly minBytesPerSecond?: number
  /** Names beside `localhost` and the address itself that a `Host` header may carry. */
  readonly allowedHosts?: readonly string[]
  /** What `GET /ready` answers while the door is open; default always ready. */
  readonly isReady?: () => boolean
  readonly clock?: Clock
  /** Spreads `Retry-After` by up to a fifth, so that refused clients do not come back together. */
  readonly random?: Random
}

/** The options in plain numbers, checked. */
export interface DoorSettings<T> {
  readonly parse: (line: string, lineNumber: number) => T
  readonly host: string
  readonly port: number
  readonly ports: number
  readonly path: string
  readonly waitMs: number
  readonly maxLineBytes: number
  readonly maxBodyBytes: number
  readonly maxRequests: number
  readonly window: number
  readonly graceMs: number
  readonly minBytesPerSecond: number
  readonly allowedHosts: ReadonlySet<string>
  readonly isReady: () => boolean
  readonly clock: Clock
  readonly random: Random
}

export function doorSettings<T>(options: NdjsonDoorOptions<T>): DoorSettings<T> {
  const host = options.host ?? '127.0.0.1'
  const path = options.path ?? '/events'
  if (!path.startsWith('/')) throw new RangeError(`path: expected a path that begins with '/', got '${path}'`)
  return {
    parse: checkFunction('parse', options.parse),
    host,
    port: checkInteger('port', options.port ?? 0, 0, 65_535),
    ports: checkInteger('ports', options.ports ?? 1, 1, 1000),
    path,
    waitMs: milliseconds('wait', options.wait ?? 5000),
    maxLineBytes: Math.floor(byteCount('maxLine', options.maxLine ?? 64 * 1024)),
    maxBodyBytes: byteCount('maxBody', options.maxBody ?? 1024 ** 3),
    maxRequests: checkInteger('maxRequests', options.maxRequests ?? 64, 1, 10_000),
    window: checkInteger('window', options.window ?? 4096, 1, 1_000_000),
    graceMs: milliseconds('grace', options.grace ?? 10_000),
    minBytesPerSecond: checkInteger('minBytesPerSecond', options.minBytesPerSecond ?? 240, 1),
    allowedHosts: new Set(['localhost', '127.0.0.1', '[::1]', host.toLowerCase(), ...(options.allowedHosts ?? [])]),
    isReady: options.isReady ?? (() => true),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  }
}
