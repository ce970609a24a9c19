import { limit } from '../../gates/limit/limit.ts'
import type { LineOptions } from '../../gates/line/line-options.ts'
import { checkInteger } from '../../kernel/check.ts'
import type { Clock } from '../../kernel/clock.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Gate } from '../../kernel/gate.ts'
import type { Signals } from './read-signals.ts'

export interface GrantedLimitOptions {
  /** Never more than so many at once, whatever the other side grants. */
  readonly max: number
  /** How many until the other side has said something; default the smaller of 4 and `max`. */
  readonly start?: number
  /** As of `limit`; default 1,000 callers for a minute, first come first served by key. */
  readonly line?: number | LineOptions
  /** Shown in sheds and inspections; default `'granted'`. */
  readonly name?: string
  readonly clock?: Clock
}

/** A limit that follows what the other side grants. */
export interface GrantedLimit extends Gate {
  /** Takes in what an answer said of concurrency. */
  hear(signals: Signals): void
}

/**
 * A limit that the other side sets: credit in a standard header. A server that tells of its free places
 * (`RateLimit-Policy: "conc";q=20;qu="concurrent-requests"`, `RateLimit: "conc";r=12`) lets this limit grow to what is in
 * use here and what is free there, at most to the whole, and shrink when others take the places. One at least is always
 * tried, or nothing would be heard again. Of several such quotas the strictest counts; answers without one change nothing.
 *
 * Give it to a client as `credit`, and put it into its gate. One for each service.
 *
 * @example
 * const credit = grantedLimit({ max: 100 })
 * const call = gatedFetch({ gate: all([credit, breaker()]), credit })
 */
export function grantedLimit(options: GrantedLimitOptions): GrantedLimit {
  const max = checkInteger('max', options.max, 1)
  const start = checkInteger('start', options.start ?? Math.min(4, max), 1, max)
  const { name = 'granted', clock = systemClock, line = patientLine } = options
  const gate = limit(start, { name, clock, line })
  let granted = start
  const hear = ({ quotas }: Signals): void => {
    let least = Infinity
    for (const { unit, limit: whole = Infinity, remaining = Infinity } of quotas) {
      if (unit === 'concurrent-requests') least = Math.min(least, whole, gate.stats.inUse + remaining)
    }
    const next = Math.min(max, Math.max(1, Math.floor(least)))
    if (least === Infinity || next === granted) return
    granted = next
    gate.set({ limit: next })
  }
  return Object.assign(gate, { hear })
}

const patientLine: LineOptions = { max: 1000, hold: '1m', order: 'fifo', overflow: 'reject' }
