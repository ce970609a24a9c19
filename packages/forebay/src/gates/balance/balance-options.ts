import { checkInteger, checkNumber, checkOneOf } from '../../kernel/check.ts'
import { milliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'

/** Which targets are taken out for a while. */
export interface EjectOptions {
  /** Failures in a row; default 5. */
  consecutive?: number
  /** Share of the calls in `window` that failed (0–1), if it is also twice that of the other targets; default 0.5. */
  failureRate?: number
  /** Calls in `window` below which a share says nothing; default 20. */
  min?: number
  /** Default 10 s. */
  window?: Duration
  /** How long the first time; it doubles with each time in a row. Default 10 s. */
  for?: Duration
  /** Default 5 minutes. */
  maxFor?: Duration
  /** Share of the targets (0–1) that may be out at once; default 0.5. One always may, and all never. */
  maxShare?: number
}

/** How a balancer chooses. */
export type BalancePick = 'peak-ewma' | 'least-outstanding' | 'credit'

/** What a balancer can be told while it runs. */
export interface BalanceSettings {
  /**
   * `peak-ewma` (default): of two drawn by chance, the one with less latency × outstanding work (power of two choices). `least-outstanding`:
   * the one with the least work. `credit`: the one whose gate has most credit left.
   */
  pick?: BalancePick
  /** Over which time a target that was added, or comes back, is given its full share; default 10 s, 0 gives it at once. */
  slowStart?: Duration
  /** Which targets are taken out for a while; `false`: none ever. */
  eject?: EjectOptions | false
  /** What a failed call counts as, if it failed faster: who fails fast must not look fast. Default 1 s. */
  penalty?: Duration
}

/** {@link EjectOptions} with everything filled in; times in ms. */
export interface EjectRules {
  readonly consecutive: number
  readonly failureRate: number
  readonly min: number
  readonly windowMs: number
  readonly forMs: number
  readonly maxForMs: number
  readonly maxShare: number
}

export interface BalanceRules {
  readonly pick: BalancePick
  readonly slowStartMs: number
  readonly penaltyMs: number
  readonly eject: EjectRules | undefined
}

export function balanceRules(settings: BalanceSettings): BalanceRules {
  const { pick = 'peak-ewma', slowStart = 10_000, penalty = 1000, eject = {} } = settings
  return {
    pick: checkOneOf('pick', pick, ['peak-ewma', 'least-outstanding', 'credit']),
    slowStartMs: milliseconds('slowStart', slowStart),
    penaltyMs: milliseconds('penalty', penalty),
    eject: eject === false ? undefined : ejectRules(eject),
  }
}

function ejectRules(eject: EjectOptions): EjectRules {
  const windowMs = milliseconds('eject.window', eject.window ?? 10_000)
  const forMs = milliseconds('eject.for', eject.for ?? 10_000)
  const maxForMs = milliseconds('eject.maxFor', eject.maxFor ?? Math.max(forMs, 300_000))
  if (windowMs === 0 || forMs === 0) throw new RangeError('eject: expected window and for > 0, got 0')
  if (maxForMs < forMs)
    throw new RangeError(`eject.maxFor: expected at least eject.for (${forMs} ms), got ${maxForMs} ms`)
  return {
    consecutive: checkInteger('eject.consecutive', eject.consecutive ?? 5, 1),
    failureRate: checkNumber('eject.failureRate', eject.failureRate ?? 0.5, 0.01, 1),
    min: checkInteger('eject.min', eject.min ?? 20, 1),
    windowMs,
    forMs,
    maxForMs,
    maxShare: checkNumber('eject.maxShare', eject.maxShare ?? 0.5, 0, 1),
  }
}
