import { checkNumber } from '../../kernel/check.ts'
import { milliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'
import type { Random } from '../../kernel/random.ts'

export interface BackoffOptions {
  /** The longest pause before the second try; default 100 ms. */
  base?: Duration
  /** By how much it grows from try to try; default 2. */
  factor?: number
  /** It grows no longer than this; default 10 s. */
  max?: Duration
  /**
   * `full` (default) draws each pause evenly from 0 to the longest, so that callers that failed together do not come
   * back together (Marc Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015); `none` always takes the longest.
   */
  jitter?: 'full' | 'none'
}

/** Milliseconds to pause after try number `attempt`. */
export function backoffMs(options: BackoffOptions, attempt: number, random: Random): number {
  const base = milliseconds('backoff.base', options.base ?? 100)
  const factor = checkNumber('backoff.factor', options.factor ?? 2, 1, 1000)
  const max = milliseconds('backoff.max', options.max ?? 10_000)
  const longest = Math.min(max, base * factor ** (attempt - 1))
  return options.jitter === 'none' ? longest : random.next() * longest
}
