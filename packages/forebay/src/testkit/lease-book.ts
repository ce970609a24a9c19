import type { Context, Lease, Outcome } from '../kernel/context.ts'

/** The account of one item that a test sent. */
export interface LeaseEntry {
  readonly id: number
  shares: number
  /** How its shares ended, in order; more entries than shares mean that an account was ended twice. */
  readonly ends: { readonly outcome: Outcome; readonly reason: unknown }[]
}

/**
 * An independent witness of what becomes of every item: the leases that a test sends along with its items.
 * It believes nothing that a ledger says; it only counts who ends what.
 */
export class LeaseBook {
  readonly entries: Map<number, LeaseEntry> = new Map()
  /** Items whose account is open: they are inside the subject, or with its consumer. */
  open = 0
  readonly errors: string[] = []

  /** The context for the item `id`: a lease, a level and a deadline that depend on the id alone. */
  enter(id: number): Context {
    const entry: LeaseEntry = { id, shares: 1, ends: [] }
    this.entries.set(id, entry)
    this.open++
    return { lease: this.#lease(entry), level: levelOf(id), deadline: deadlineOf(id) }
  }

  isSettled(id: number): boolean {
    const entry = this.entries.get(id)
    return entry !== undefined && entry.ends.length >= entry.shares
  }

  /** Entries whose account is still open. */
  unsettled(): number[] {
    return [...this.entries.values()].filter(({ id }) => !this.isSettled(id)).map(({ id }) => id)
  }

  #lease(entry: LeaseEntry): Lease {
    return {
      split: (shares) => {
        if (entry.ends.length >= entry.shares)
          this.errors.push(`item ${entry.id} was split after its account had ended`)
        entry.shares += shares
      },
      settle: (outcome, reason) => {
        entry.ends.push({ outcome, reason })
        if (entry.ends.length === entry.shares) this.open--
        if (entry.ends.length <= entry.shares) return
        const ends = entry.ends.map((end) => end.outcome).join(', ')
        this.errors.push(`the account of item ${entry.id} was ended ${entry.ends.length} times: ${ends}`)
      },
    }
  }
}

function levelOf(id: number): 0 | 1 | 2 | 3 {
  return (id % 4) as 0 | 1 | 2 | 3
}

function deadlineOf(id: number): number {
  return 1e9 - id
}
