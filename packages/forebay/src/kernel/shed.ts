import { ForebayError } from './errors.ts'

/** Why work was refused. `rate`, `limit`, `open`: the gate's state; `line`: the waiting line is full; the others say what they are. */
export type ShedReason = 'rate' | 'limit' | 'line' | 'deadline' | 'open' | 'evicted' | 'closed'

/** Work refused on purpose, with the reason and the time after which asking again makes sense. */
export class Shed extends ForebayError {
  readonly reason: ShedReason
  /** Name of the gate, line or queue that refused. */
  readonly gate: string
  /** Milliseconds until a new attempt may succeed; 0 when unknown. */
  readonly retryAfterMs: number
  /** Milliseconds the work had waited before it was refused. */
  readonly waitedMs: number
  readonly level: 0 | 1 | 2 | 3

  constructor(options: {
    reason: ShedReason
    gate: string
    retryAfterMs?: number
    waitedMs?: number
    level?: 0 | 1 | 2 | 3
  }) {
    const retryAfterMs = options.retryAfterMs ?? 0
    super('FOREBAY_SHED', `${options.gate} refused work (${options.reason}); retry after ${retryAfterMs} ms`, {
      retryable: options.reason !== 'closed',
    })
    this.name = 'Shed'
    this.reason = options.reason
    this.gate = options.gate
    this.retryAfterMs = retryAfterMs
    this.waitedMs = options.waitedMs ?? 0
    this.level = options.level ?? 1
  }
}
