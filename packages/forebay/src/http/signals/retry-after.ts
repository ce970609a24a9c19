import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import type { HeaderSource } from './header-source.ts'
import { headerOf } from './header-source.ts'
import { parseTimestamp } from './timestamp.ts'

/** No wait from outside is believed beyond this: one day. */
const longestWaitMs = 86_400_000

/**
 * `ms` as the whole seconds of `Retry-After`: never less than asked, and spread by up to a fifth (one second at
 * least), because whoever was refused together would else come back together.
 */
export function retrySeconds(ms: number, random: Random): number {
  const least = Math.max(1, Math.ceil(clampWait(ms) / 1000))
  const spread = Math.max(1, Math.ceil(least / 5))
  return least + Math.min(spread, Math.floor(random.next() * (spread + 1)))
}

/** `ms` as whole milliseconds, spread in the same way: by up to a fifth, 20 ms at least. */
export function retryMs(ms: number, random: Random): number {
  const least = Math.ceil(clampWait(ms))
  return least + Math.round(random.next() * Math.max(20, least / 5))
}

/** A wait in [0, one day]; 0 for what is no number. */
export function clampWait(ms: number): number {
  return ms > 0 ? Math.min(ms, longestWaitMs) : 0
}

/**
 * Milliseconds that an answer asks to wait: `retry-after-ms` (Azure and others), else `Retry-After` as seconds or as a
 * date. A date is compared with the answer's own `Date`, so that the two clocks need not agree. Negative is 0, and
 * nothing is more than a day; `undefined` when nothing readable is there.
 */
export function readRetryAfter(headers: HeaderSource, clock: Clock): number | undefined {
  const exact = decimal(headerOf(headers, 'retry-after-ms'))
  if (exact !== undefined) return clampWait(exact)
  const value = headerOf(headers, 'retry-after')?.trim()
  if (value === undefined) return undefined
  const seconds = decimal(value)
  if (seconds !== undefined) return clampWait(seconds * 1000)
  const at = parseTimestamp(value)
  if (at === undefined) return undefined
  const sent = headerOf(headers, 'date')
  return clampWait(at - ((sent === undefined ? undefined : parseTimestamp(sent.trim())) ?? clock.wall()))
}

/** A decimal number without an exponent, as headers write it; `undefined` for anything else. */
export function decimal(value: string | undefined): number | undefined {
  if (value === undefined || !/^\s*-?\d{1,15}(?:\.\d{1,15})?\s*$/.test(value)) return undefined
  return Number(value)
}
