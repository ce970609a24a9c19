/**
 * Where a breaker stands. Times are ms on the clock; `opens` counts the openings since it was last closed.
 *
 *     closed ──too many failures──> open ──openFor passed──> half-open ──all probes ok──> closed
 *                                    ^                           │
 *                                    └──a probe failed or lost───┘
 *
 * Every change makes a new state, and a permit remembers the state it was given in: what comes back from
 * an older one says nothing about this one and is not counted.
 */
export type BreakerState = Closed | Open | HalfOpen

export interface Closed {
  readonly kind: 'closed'
  /** Failures since the last success. */
  failuresInARow: number
}

export interface Open {
  readonly kind: 'open'
  /** `Infinity` when it is held open by hand. */
  readonly until: number
  readonly opens: number
}

/** Invariant: out + passed ≤ the number of probes. */
export interface HalfOpen {
  readonly kind: 'half-open'
  readonly opens: number
  /** When a probe that has not come back counts as lost. */
  lostAt: number
  /** Probes that run. */
  out: number
  /** Probes that succeeded. */
  passed: number
}

/** How long each state lasts. */
export interface OpenTimes {
  readonly openForMs: number
  readonly maxOpenForMs: number
}

export function closed(): Closed {
  return { kind: 'closed', failuresInARow: 0 }
}

/** Each opening in a row lasts twice as long as the one before, up to the maximum. */
export function opened(from: Closed | HalfOpen, now: number, times: OpenTimes): Open {
  const opens = from.kind === 'closed' ? 1 : from.opens + 1
  const ms = Math.min(times.maxOpenForMs, times.openForMs * 2 ** (opens - 1))
  return { kind: 'open', until: now + ms, opens }
}

function halfOpened(from: Open): HalfOpen {
  return { kind: 'half-open', opens: from.opens, lostAt: Infinity, out: 0, passed: 0 }
}

/** The state that time alone has led to. Nothing happens at the moment itself: it is found when somebody looks. */
export function elapsed(state: BreakerState, now: number, times: OpenTimes): BreakerState {
  if (state.kind === 'open' && now >= state.until) return halfOpened(state)
  if (state.kind === 'half-open' && state.out > 0 && now >= state.lostAt) {
    return elapsed(opened(state, state.lostAt, times), now, times)
  }
  return state
}
