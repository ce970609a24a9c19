import { checkInteger, checkNumber } from '../../kernel/check.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'

/** How long to wait before the next try, and how often there is one. */
export interface BackoffOptions {
  /** The first wait; each one after it is twice as long. At least 1 ms; default 100 ms. */
  backoff?: Duration
  /** The longest wait; default 30 s. What has been well for as long begins with the first wait again. */
  maxBackoff?: Duration
  /** The share of a wait that is left to chance, 0 to 1: a wait of w lasts from (1 − jitter) · w to w. Default 1. */
  jitter?: number
  /** Tries after the first one that may begin within `within`; default: any number. */
  max?: number
  /** The time in which `max` counts, looking back from now; default: the whole run. */
  within?: Duration
}

/** The same, validated and complete. */
export interface BackoffPlan {
  readonly firstMs: number
  readonly maxMs: number
  readonly jitter: number
  readonly max: number
  readonly withinMs: number
}

export function backoffPlan(options: BackoffOptions): BackoffPlan {
  const { backoff = 100, maxBackoff = 30_000, jitter = 1, max, within } = options
  const firstMs = milliseconds('backoff', backoff)
  const maxMs = milliseconds('maxBackoff', maxBackoff)
  if (firstMs < 1) throw new RangeError(`backoff: expected at least 1 ms, got ${firstMs}`)
  if (maxMs < firstMs) throw new RangeError(`maxBackoff: expected at least the backoff (${firstMs} ms), got ${maxMs}`)
  if (within !== undefined && max === undefined) throw new RangeError('within: expected together with max')
  return {
    firstMs,
    maxMs,
    jitter: checkNumber('jitter', jitter, 0, 1),
    max: max === undefined ? Infinity : checkInteger('max', max, 0, 65_536),
    withinMs: within === undefined ? Infinity : milliseconds('within', within),
  }
}

/**
 * The waits of one run. Exponential backoff with jitter (Brooker, "Exponential Backoff and Jitter", AWS Architecture
 * Blog, 2015).
 */
export class Backoff {
  readonly #plan: BackoffPlan
  readonly #env: RunEnvironment
  /** Waits since all was well. */
  #waits = 0
  #beganAt = 0
  /** When tries have begun: the last `max` of them. */
  readonly #tries: number[] = []

  constructor(plan: BackoffPlan, env: RunEnvironment) {
    this.#plan = plan
    this.#env = env
  }

  /** A try begins now. */
  began(): void {
    this.#beganAt = this.#env.clock.now()
  }

  /** The wait before the next try, ms; `undefined` when there may be none. */
  next(): number | undefined {
    const { firstMs, maxMs, jitter, max, withinMs } = this.#plan
    const now = this.#env.clock.now()
    if (max !== Infinity) {
      while (this.#tries.length > 0 && (this.#tries[0] as number) <= now - withinMs) this.#tries.shift()
      if (this.#tries.length >= max) return undefined
      this.#tries.push(now)
    }
    if (now - this.#beganAt >= maxMs) this.#waits = 0
    const wait = Math.min(maxMs, firstMs * 2 ** this.#waits++)
    return wait * (1 - jitter * this.#env.random.next())
  }
}
