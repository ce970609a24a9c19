import { ForebayError } from './errors.ts'

/** Why work was refused. `rate`, `limit`, `open`: the gate's state; `line`: the waiting line is full; the others say what they are. */
export type ShedReason = 'rate' | 'limit' | 'line' | 'deadline' | 'open' | 'evicted' | 'closed'

/** What a {@link Shed} says. */
export interface ShedDetails {
  readonly reason: ShedReason
  /** Name of the gate, line or queue that refused. */
  readonly gate: string
  /** Name of the gate that was asked, where the one that refused is a part of it. */
  readonly asked?: string | undefined
  /** Milliseconds until a new attempt may succeed; 0 when unknown. */
  readonly retryAfterMs?: number
  /** Milliseconds the work had waited before it was refused. */
  readonly waitedMs?: number | undefined
  readonly level?: 0 | 1 | 2 | 3
  /** What the part in the way let in at that moment, and what of it was in use; unknown where it counts neither. */
  readonly limit?: number | undefined
  readonly inUse?: number | undefined
  /** How many stood in line then. */
  readonly waiting?: number
}

/** Work refused on purpose, with the reason and the time after which asking again makes sense. As JSON it is all that it says. */
export class Shed extends ForebayError implements ShedDetails {
  // Declared alone: a field that is defined and then assigned is made twice.
  declare readonly reason: ShedReason
  declare readonly gate: string
  declare readonly asked?: string | undefined
  declare readonly retryAfterMs: number
  declare readonly waitedMs: number
  declare readonly level: 0 | 1 | 2 | 3
  declare readonly limit?: number | undefined
  declare readonly inUse?: number | undefined
  declare readonly waiting: number

  constructor(options: ShedDetails) {
    const { gate, reason, retryAfterMs = 0, waitedMs = 0, level = 1, waiting = 0, limit, inUse } = options
    const use = limit === undefined ? '' : `, ${inUse} of ${limit} in use`
    super(
      'FOREBAY_SHED',
      `${gate} refused work (${reason}); level ${level}, waited ${Math.round(waitedMs)} ms${use}, ${waiting} in line; retry after ${retryAfterMs} ms`,
      { retryable: reason !== 'closed' },
    )
    this.name = 'Shed'
    this.reason = reason
    this.gate = gate
    this.asked = options.asked
    this.retryAfterMs = retryAfterMs
    this.waitedMs = waitedMs
    this.level = level
    this.limit = limit
    this.inUse = inUse
    this.waiting = waiting
  }
}
