import type { Level } from './gate.ts'

/**
 * How the account of one item ended. `done`: it left through a sink; `filtered`: an operator consumed it
 * on purpose; `stored`: a durable edge has taken it over; `dropped`: a policy threw it away; `failed`: its
 * work failed; `returned`: it was not worked on and goes back to where it came from (cancel, shutdown).
 */
export type Outcome = 'done' | 'filtered' | 'stored' | 'dropped' | 'failed' | 'returned'

/** How bad an end is: of the ends of several shares the worst counts. */
export const severity: Readonly<Record<Outcome, number>> = {
  stored: 0,
  filtered: 1,
  done: 2,
  dropped: 3,
  returned: 4,
  failed: 5,
}

/** The right to work on one item until its end is reported. Settling twice has no effect. */
export interface Lease {
  /** Reports the end of this holder's share. The lease ends when every share has been settled; the worst outcome wins. */
  settle(outcome: Outcome, reason?: unknown): void
  /** Whoever the item came from keeps it when its work fails, to try it again or as a dead letter. */
  readonly keepsFailed?: boolean
  /** Adds `shares` holders, each of which must settle: one per extra copy of the item. */
  split(shares: number): void
  /** This holder's share outside of a ring of a graph that it leaves. Default: the lease itself, which knows of no ring. */
  leave?(ring: object): Lease | undefined
  /** The leases of several items, which this one holds together. */
  readonly parts?: readonly Lease[]
}

/**
 * One that many items may have: each is `records` whole records, of which nothing else is known. It is settled like any
 * other, once by each of them; before it is split or kept inside of another lease, ask {@link alone}. Where something
 * with cardinality `many` or `join` does not say that it takes `bulk`, records do not get one.
 */
export interface BulkLease extends Lease {
  /** Of each item; nothing for a lease of one item. */
  readonly records: number | undefined
  /** The same for items that are so many records each. */
  of(records: number): BulkLease & Context
  /** The lease of a single item. */
  alone(): Lease
}

/**
 * What travels with an item. It is `undefined` where nobody uses it, which costs nothing.
 * An operator that ends an item (filters, drops, consumes) settles its lease; one that joins several
 * items carries {@link joinContexts}.
 */
export interface Context {
  readonly lease?: Lease
  readonly level?: Level
  /** Absolute time on the run's clock, ms. */
  readonly deadline?: number
  readonly key?: string
  readonly trace?: unknown
  /** What the program itself has given the item, see `withContext`. */
  readonly own?: OwnContext
}

/** What a program gives an item to take along. */
export interface OwnContext {
  readonly value: unknown
  /** That of an item made of several, of which this is that of the first. */
  join(next: OwnContext): OwnContext
}

/**
 * The context of an item that an operator made of no record, such as a separator or a sum: nobody waits for its end,
 * and the flow's ledger does not know of it.
 */
export const noRecord: Context = { lease: { settle: () => {}, split: () => {} } }

/** The context with a lease for this item and no other, to be split or kept. */
export function alone(context: Context | undefined): Context | undefined {
  const lease = (context?.lease as BulkLease | undefined)?.alone?.()
  return lease === undefined || lease === context?.lease ? context : { ...context, lease }
}

/** Ends the account of an item, if it has one. */
export function settle(context: Context | undefined, outcome: Outcome, reason?: unknown): void {
  if (context !== undefined && context.lease !== undefined) context.lease.settle(outcome, reason)
}

/**
 * The context of an item made of several: settling it settles all; the most critical level and the earliest deadline win,
 * and what the program has given them is joined in their order, unless that is done already: `joinedOwn`.
 */
export function joinContexts(contexts: readonly (Context | undefined)[], joinedOwn?: OwnContext): Context | undefined {
  if (contexts.length === 1) return contexts[0]
  const joined: { lease?: Lease; level?: Level; deadline?: number; own?: OwnContext } = {}
  if (joinedOwn !== undefined) joined.own = joinedOwn
  const leases: Lease[] = []
  let isEmpty = true
  let isMade = true
  for (const context of contexts) {
    if (context === noRecord) continue
    isMade = false
    if (context === undefined) continue
    isEmpty = false
    const { lease, level, deadline, own } = context
    if (lease !== undefined) leases.push((lease as BulkLease).alone?.() ?? lease)
    if (level !== undefined && level < (joined.level ?? 4)) joined.level = level
    if (deadline !== undefined && deadline < (joined.deadline ?? Infinity)) joined.deadline = deadline
    if (own !== undefined && joinedOwn === undefined) joined.own = joined.own?.join(own) ?? own
  }
  if (isMade && contexts.length > 0) return noRecord
  if (isEmpty) return undefined
  if (leases.length > 0) joined.lease = new JoinedLease(leases)
  return joined
}

/** The leases of several items, settled and split together. */
class JoinedLease implements Lease {
  readonly parts: readonly Lease[]

  get keepsFailed(): boolean {
    return this.parts.every((lease) => lease.keepsFailed === true)
  }

  constructor(leases: readonly Lease[]) {
    this.parts = leases
  }

  settle(outcome: Outcome, reason?: unknown): void {
    for (const lease of this.parts) lease.settle(outcome, reason)
  }

  split(shares: number): void {
    for (const lease of this.parts) lease.split(shares)
  }
}
