import { alone, joinContexts, noRecord, type Context, type Lease } from '../../kernel/context.ts'
import { RingLease, type RingCount } from './ring-lease.ts'

/** Where items come into a ring. */
export interface RingDoor {
  /** There is room in the ring again. */
  roomFreed(): void
}

/** What closes a ring. */
export interface RingFeed {
  /** Nothing is in the ring, and nothing will come: it ends. */
  complete(): void
  /** Nothing can leave the ring any more: its items go nowhere. */
  stop(reason: unknown): void
}

const settled = Promise.resolve()

/**
 * A ring of one run: it knows how many items are in it, and so when it is over.
 *
 *            enter ──▶ [ open, ≤ places ] ──▶ leave
 *                        ▲            │
 *                        └─ feedback ─┘
 *
 * Invariant: open = shares that have come in, or were made of one in it, and have neither left nor ended.
 */
export class RunningRing implements RingCount {
  /** It ends, or has been stopped: what still comes round is lost. */
  isOver = false
  /** The run drains: what comes round ends, since nothing but the ring itself keeps it going. */
  isDraining = false
  #open = 0
  #entries: number
  #exits: number
  readonly #places: number
  readonly #hasEntries: boolean
  readonly #doors: RingDoor[] = []
  readonly #feeds: RingFeed[] = []
  #stopped: { readonly reason: unknown } | undefined
  #isWoken = false
  /** The door whose turn it is, counted up. */
  #turn = 0
  readonly #act = (): void => {
    this.#isWoken = false
    if (this.isOver) return
    if (this.#stopped !== undefined) {
      this.isOver = true
      for (const feed of this.#feeds) feed.stop(this.#stopped.reason)
    } else if (this.#open === 0 && this.#entries === 0) {
      this.isOver = true
      for (const feed of this.#feeds) feed.complete()
    } else if (this.hasRoom) this.#callDoors()
  }

  constructor(entries: number, exits: number, places: number) {
    this.#entries = entries
    this.#exits = exits
    this.#places = places
    this.#hasEntries = entries > 0
  }

  /** Whether one more item may come in. */
  get hasRoom(): boolean {
    return this.#open < this.#places
  }

  addDoor(door: RingDoor): void {
    this.#doors.push(door)
  }

  addFeed(feed: RingFeed): void {
    this.#feeds.push(feed)
  }

  count(shares: number): void {
    this.#open += shares
    if (shares < 0) this.#wake()
  }

  /** An item comes in. */
  enter(context: Context | undefined): Context {
    return { ...context, lease: new RingLease(this, alone(context)?.lease) }
  }

  /** The context of an item that comes round; one that a component has made in the ring comes in by that. */
  round(context: Context | undefined): Context | undefined {
    const lease = context?.lease
    return lease?.leave === undefined && lease?.parts === undefined ? this.enter(context) : context
  }

  /** An item goes out. */
  leave(context: Context | undefined): Context | undefined {
    const lease = context?.lease
    if (context === undefined || lease === undefined) return context
    const outer = outside(lease, this)
    if (outer === lease) return context
    if (outer === noRecord.lease) return noRecord
    const { lease: _, ...rest } = context
    return outer === undefined ? rest : { ...rest, lease: outer }
  }

  entryEnded(): void {
    this.#entries--
    this.#wake()
  }

  exitEnded(reason: unknown): void {
    if (--this.#exits > 0) return
    this.#stopped = { reason }
    this.#wake()
  }

  drain(): void {
    this.isDraining = !this.#hasEntries
  }

  /** In turn, so that none of several ways in keeps the others out. */
  #callDoors(): void {
    const doors = this.#doors
    const first = this.#turn++ % Math.max(1, doors.length)
    for (let i = 0; i < doors.length && this.hasRoom; i++) doors[(first + i) % doors.length]?.roomFreed()
  }

  /** Later in this turn: whoever tells of an end is in the middle of something. */
  #wake(): void {
    if (this.#isWoken || this.isOver) return
    this.#isWoken = true
    void settled.then(this.#act)
  }
}

/** The share of a holder outside of the ring; of several items, those of each. */
function outside(lease: Lease, ring: object): Lease | undefined {
  const { parts } = lease
  if (parts === undefined) return lease.leave === undefined ? lease : lease.leave(ring)
  const leases = parts.flatMap((part) => outside(part, ring) ?? [])
  return joinContexts(leases.map((each) => ({ lease: each })))?.lease
}
