import type { Context, Outcome } from './context.ts'
import { RecordLease, type Records } from './record-lease.ts'
import type { FlowLedger } from './snapshot.ts'

/**
 * The account of source records. Two ways of counting, chosen when a run is built:
 *
 * - `lineage: true`: every source record gets a lease; operators that copy, join or hold items split and settle it,
 *   and a record is over when its last share is settled. Needed as soon as one record may become several items,
 *   or several one. Whole records of which nothing else is known share one lease; who copies one, or keeps an account
 *   of it, asks for one of its own (`alone`).
 * - `lineage: false`: one item is one record everywhere, so counting at the ends and at the losses is exact.
 */
export class Totals implements Records {
  readonly lineage: boolean;
  in = 0
  out = 0
  deadLettered = 0
  carriedIn = 0
  readonly dropped: Record<string, number> = {}
  /** Records that are neither over nor stored; counted in lineage mode. */
  open = 0
  /** Shares that were settled after their record was over: more ends than holders, a stage's mistake. */
  oversettled = 0
  readonly #shared = new RecordLease(this, undefined, 1, true)

  constructor(lineage: boolean) {
    this.lineage = lineage
  }

  /**
   * A source hands over a record: returns the context to send with it, with a lease of its own. With `shared` they are
   * so many records, and those that bring no context have the lease that all share.
   */
  enter(context: Context | undefined, shared?: number): Context | undefined {
    this.in += shared ?? 1
    if (!this.lineage) return context
    this.open += shared ?? 1
    if (context !== undefined) return { ...context, lease: new RecordLease(this, context.lease) }
    return shared === undefined ? new RecordLease(this, undefined) : this.#shared
  }

  over(outcome: Outcome, reason: unknown, count: number): void {
    if (this.open < count) this.oversettled++
    this.open -= count
    this.end(outcome, reason, count)
  }

  drop(reason: string, count = 1): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + count
  }

  /** An item was thrown away. In lineage mode the item's lease does the counting. */
  discarded(context: Context | undefined, reason: string): void {
    if (!this.lineage || context?.lease === undefined) this.drop(reason)
  }

  /** Somebody has taken an item whose work has failed for good. In lineage mode the item's lease does the counting. */
  buried(context: Context | undefined): void {
    if (!this.lineage || context?.lease === undefined) this.deadLettered++
  }

  /** The end of records that had a lease. */
  end(outcome: Outcome, reason: unknown, count = 1): void {
    const why = outcome === 'failed' ? outcome : reason
    if (outcome === 'stored') return
    if (outcome === 'done' || outcome === 'filtered') this.out += count
    else if (outcome === 'dropped' && why === 'dead-letter') this.deadLettered += count
    else this.drop(typeof why === 'string' ? why : outcome === 'dropped' ? outcome : 'cancelled', count)
  }

  /** What was counted, with what is known elsewhere. */
  ledger(parts: {
    out: number
    inFlight: number
    carriedOut: number
    deadLettered: number
    redriven: number
  }): FlowLedger {
    return {
      carriedIn: this.carriedIn + parts.redriven,
      in: this.in,
      out: this.out + parts.out,
      dropped: { ...this.dropped },
      deadLettered: this.deadLettered + parts.deadLettered,
      inFlight: parts.inFlight,
      carriedOut: parts.carriedOut,
    }
  }
}

/** Whether a ledger's equation holds. */
export function isBalanced(ledger: FlowLedger): boolean {
  const dropped = Object.values(ledger.dropped).reduce((sum, count) => sum + count, 0)
  return (
    ledger.carriedIn + ledger.in === ledger.out + dropped + ledger.deadLettered + ledger.inFlight + ledger.carriedOut
  )
}
