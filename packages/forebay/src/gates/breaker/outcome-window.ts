import { SlidingCounts } from '../sliding-counts.ts'
import type { BreakerRules } from './breaker-options.ts'

/** What a window counts: all calls, those that failed, those that were slow. */
export const CALLS = 0
export const FAILURES = 1
export const SLOW = 2

/** The outcomes that a breaker judges by. Where they are the last so many calls, the time is their number and each fills a bucket. */
export function outcomeWindow({ windowMs, windowCalls }: BreakerRules): SlidingCounts {
  if (windowCalls === 0) return new SlidingCounts(windowMs, 3)
  return new SlidingCounts(windowCalls, 3, windowCalls, new Uint8Array(3 * windowCalls))
}
