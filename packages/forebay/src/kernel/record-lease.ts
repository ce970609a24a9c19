import { severity, type BulkLease, type Context, type Lease, type Outcome } from './context.ts'

/** Who is told how records have ended. */
export interface Records {
  /** `count` records are over; their only holder was this one. */
  over(outcome: Outcome, reason: unknown, count: number): void
  /** A share was settled after its record was over. */
  oversettled: number
}

/**
 * The lease of `count` records; also the context of one that brought none: one object for each. One that is shared is
 * that of any number of items: it only counts, and remembers of none of them how it ended.
 */
export class RecordLease implements BulkLease, Context {
  readonly lease: Lease = this
  #shares = 1
  #outcome: Outcome = 'stored'
  #reason: unknown
  readonly #records: Records
  readonly #outer: Lease | undefined
  readonly #count: number
  readonly records: number | undefined

  constructor(records: Records, outer: Lease | undefined, count = 1, isShared = false) {
    this.#records = records
    this.#outer = outer
    this.#count = count
    if (isShared) this.records = count
  }

  get keepsFailed(): boolean {
    return this.#outer?.keepsFailed === true
  }

  of(records: number): RecordLease {
    return new RecordLease(this.#records, undefined, records, true)
  }

  alone(): RecordLease {
    return this.records ? new RecordLease(this.#records, undefined, this.#count) : this
  }

  split(shares: number): void {
    if (this.records) throw new TypeError('shared')
    this.#shares += shares
  }

  settle(outcome: Outcome, reason?: unknown): void {
    if (this.records) return this.#records.over(outcome, reason, this.#count)
    if (this.#shares === 0) {
      this.#records.oversettled++
      return
    }
    // Nothing is less bad than the outcome it begins with.
    if (this.#outcome === 'stored' || severity[outcome] >= severity[this.#outcome]) {
      this.#outcome = outcome
      this.#reason = reason
    }
    if (--this.#shares > 0) return
    this.#records.over(this.#outcome, this.#reason, this.#count)
    this.#outer?.settle(this.#outcome, this.#reason)
  }
}
