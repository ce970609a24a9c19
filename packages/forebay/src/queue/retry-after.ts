import type { RateMeter } from './rate-meter.ts'

/** How long the measured drain takes to make room for `missing` items, ms; a second when nothing is measured yet. */
export function retryAfterMs(missing: number, drain: RateMeter): number {
  const rate = drain.perSecond()
  return rate < 0.01 ? 1000 : Math.min(60_000, Math.max(1, Math.ceil((Math.max(1, missing) * 1000) / rate)))
}
