import type { Level } from './gate.ts'

/**
 * How the account of one item ended. `done`: it left through a sink; `filtered`: an operator consumed it
 * on purpose; `stored`: a durable edge has taken it over; `dropped`: a policy threw it away; `failed`: its
 * work failed; `returned`: it was not worked on and goes back to where it came from (cancel, shutdown).
 */
export type Outcome = 'done' | 'filtered' | 'stored' | 'dropped' | 'failed' | 'returned'

/** The right to work on one item until its end is reported. Settling twice has no effect. */
export interface Lease {
  /** Reports the end of this holder's share. The lease ends when every share has been settled; the worst outcome wins. */
  settle(outcome: Outcome, reason?: unknown): void
  /** Adds `shares` holders, each of which must settle: one per extra copy of the item. */
  split(shares: number): void
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
}

/** Ends the account of an item, if it has one. */
export function settle(context: Context | undefined, outcome: Outcome, reason?: unknown): void {
  if (context !== undefined && context.lease !== undefined) context.lease.settle(outcome, reason)
}

/** The context of an item made of several: settling it settles all; the most critical level and the earliest deadline win. */
export function joinContexts(contexts: readonly (Context | undefined)[]): Context | undefined {
  const present = contexts.filter((context) => context !== undefined)
  if (present.length === 0) return undefined
  if (present.length === 1 && contexts.length === 1) return present[0]
  const leases = present.flatMap((context) => (context.lease === undefined ? [] : [context.lease]))
  const levels = present.flatMap((context) => (context.level === undefined ? [] : [context.level]))
  const deadlines = present.flatMap((context) => (context.deadline === undefined ? [] : [context.deadline]))
  return {
    ...(leases.length > 0 && { lease: joinLeases(leases) }),
    ...(levels.length > 0 && { level: Math.min(...levels) as Level }),
    ...(deadlines.length > 0 && { deadline: Math.min(...deadlines) }),
  }
}

function joinLeases(leases: readonly Lease[]): Lease {
  return {
    settle: (outcome, reason) => {
      for (const lease of leases) lease.settle(outcome, reason)
    },
    split: (shares) => {
      for (const lease of leases) lease.split(shares)
    },
  }
}
