import { show } from '../../kernel/check.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { AdaptiveInspection } from '../../kernel/gate.ts'
import { Learner } from './learner.ts'

/** Between which limits an adaptive limit stays. */
export interface LimitBounds {
  /** The least; default 1, or what the algorithm says. */
  min?: number
  /** The most; default 2,000, or what the algorithm says. */
  max?: number
}

/**
 * How a limit is found, while it runs: one for each gate. It is told how long each piece of work took and says how
 * much may be in flight; it never waits, sets no timer and allocates nothing.
 */
export interface LimitAlgorithm {
  /** How much may be in flight, from `min` to `max`. May be a fraction: what counts is what is whole of it. */
  readonly limit: number
  /**
   * Work that was sent at `sentAt` has ended well at `now`, `rttMs` later. When it entered, `inFlight` were in use,
   * itself included, and `wasFull` says whether it took the last place. Times are on the clock the algorithm was made with.
   */
  sample(rttMs: number, inFlight: number, wasFull: boolean, sentAt: number, now: number): void
  /** The other side has said that it has too much to do, about work that was sent at `sentAt`. */
  drop(sentAt: number, now: number): void
  /** Checks new bounds, then keeps to them from now on. */
  set(bounds: LimitBounds): void
  inspect(): LimitState
}

/** What an algorithm says about itself. */
export type LimitState = Omit<AdaptiveInspection, 'algorithm' | 'limit'>

/**
 * A way to find a limit, for `limit(tide())`: a description, of which every gate makes its own state, so one may stand
 * in as many gates as there are.
 */
export interface Adaptive {
  readonly algorithm: string
  readonly start: (clock: Clock) => LimitAlgorithm
  /** The running half, for a limit on `clock`. */
  learner(clock: Clock): Learner
}

/**
 * An algorithm of your own for `limit`: `start` is called once for each gate that uses it. Throws `TypeError` unless it
 * is a function.
 */
export function adaptive(algorithm: string, start: (clock: Clock) => LimitAlgorithm): Adaptive {
  if (typeof start !== 'function') throw new TypeError(`adaptive: expected a function, got ${show(start)}`)
  const made: Adaptive = { algorithm, start, learner: (clock) => new Learner(clock, made) }
  return made
}
