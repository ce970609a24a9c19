import { severity, type Context, type Lease, type Outcome } from './context.ts'
import type { FlowLedger } from './snapshot.ts'

/**
 * The account of source records. Two ways of counting, chosen when a run is built:
 *
 * - `lineage: true`: every source record gets a lease of its own; operators that copy, join or hold items
 *   split and settle it, and a record is over when its last share is settled. Needed as soon as one
 *   record may become several items, or several one.
 * - `lineage: false`: one item is one record everywhere, so counting at the ends and at the losses is exact.
 */
export class Totals {
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

  constructor(lineage: boolean) {
    this.lineage = lineage
  }

  /** A source hands over a record: returns the context to send with it. */
  enter(context: Context | undefined): Context | undefined {
    this.in++
    if (!this.lineage) return context
    this.open++
    const lease = new RecordLease(this, context?.lease)
    return context === undefined ? lease : { ...context, lease }
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

  /** The end of a record that had a lease. */
  end(outcome: Outcome, reason: unknown): void {
    if (outcome === 'done' || outcome === 'filtered') this.out++
    else if (outcome === 'dropped' && reason === 'dead-letter') this.deadLettered++
    else if (outcome === 'dropped') this.drop(typeof reason === 'string' ? reason : 'dropped')
    else if (outcome === 'failed') this.drop('failed')
    else if (outcome === 'returned') this.drop(typeof reason === 'string' ? reason : 'cancelled')
  }

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

/** Also the context of a record that brought none: one object for each. */
class RecordLease implements Lease, Context {
  readonly lease: Lease = this
  #shares = 1
  #outcome: Outcome = 'stored'
  #reason: unknown
  readonly #totals: Totals
  readonly #outer: Lease | undefined

  constructor(totals: Totals, outer: Lease | undefined) {
    this.#totals = totals
    this.#outer = outer
  }

  get keepsFailed(): boolean {
    return this.#outer?.keepsFailed === true
  }

  split(shares: number): void {
    this.#shares += shares
  }

  settle(outcome: Outcome, reason?: unknown): void {
    if (this.#shares === 0) {
      this.#totals.oversettled++
      return
    }
    // Nothing is less bad than the outcome it begins with.
    if (this.#outcome === 'stored' || severity[outcome] >= severity[this.#outcome]) {
      this.#outcome = outcome
      this.#reason = reason
    }
    if (--this.#shares > 0) return
    this.#totals.open--
    this.#totals.end(this.#outcome, this.#reason)
    this.#outer?.settle(this.#outcome, this.#reason)
  }
}

/** Whether a ledger's equation holds. */
export function isBalanced(ledger: FlowLedger): boolean {
  const dropped = Object.values(ledger.dropped).reduce((sum, count) => sum + count, 0)
  return (
    ledger.carriedIn + ledger.in === ledger.out + dropped + ledger.deadLettered + ledger.inFlight + ledger.carriedOut
  )
}
