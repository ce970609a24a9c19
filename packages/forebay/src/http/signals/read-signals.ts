import type { Clock } from '../../kernel/clock.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { HeaderSource } from './header-source.ts'
import { headerOf } from './header-source.ts'
import type { Quota } from './quota.ts'
import { readQuotas } from './read-quotas.ts'
import { clampWait, decimal, readRetryAfter } from './retry-after.ts'

/** What an answer says about how to come back. */
export interface Signals {
  /** Milliseconds to wait before asking again: `Retry-After`, `retry-after-ms` or gRPC's pushback, at most a day. */
  readonly retryAfterMs?: number
  /** The other side asks not to try this again at all: a negative pushback (gRFC A6), or `x-should-retry: false`. */
  readonly mayNotRetry: boolean
  readonly quotas: readonly Quota[]
}

/** Reads every signal we know out of the headers of an answer. Whatever they hold, it never throws and stays small. */
export function readSignals(headers: HeaderSource, clock: Clock = systemClock): Signals {
  const pushback = headerOf(headers, 'grpc-retry-pushback-ms')
  const pushbackMs = decimal(pushback)
  const isRefused = pushback !== undefined && (pushbackMs === undefined || pushbackMs < 0)
  const retryAfterMs = isRefused ? undefined : maxOf(pushbackMs, readRetryAfter(headers, clock))
  return {
    ...(retryAfterMs !== undefined && { retryAfterMs: clampWait(retryAfterMs) }),
    mayNotRetry: isRefused || headerOf(headers, 'x-should-retry') === 'false',
    quotas: readQuotas(headers, clock),
  }
}

function maxOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b)
}
