import { AgeMarks } from './age-marks.ts'
import { BoundedEdge } from './bounded-edge.ts'
import type { Context } from './context.ts'
import type { EdgeOptions, Offered } from './edge-options.ts'
import { overflowError } from './edge-overflow.ts'
import type { Meter } from './meter.ts'
import type { Step } from './operator.ts'
import type { Port } from './receiver.ts'
import type { RunEnvironment } from './run-environment.ts'

const FIRST_SIZE = 16

/**
 * An edge that counts its items and holds its producer back: no policy, no bytes. It is the edge of most flows,
 * so it does no more per item than it must: a ring of its own whose indices are the counters of its account.
 *
 *      gone             put
 *       v                v
 *   [ . a b c d e f g h . . . ]     the ring doubles up to what `items` needs; indices are masked
 *
 * Invariants: held = put - gone; held + granted + owed = items.
 */
export class CountedEdge extends BoundedEdge {
  taken: unknown
  context: Context | undefined
  protected readonly bytes = 0
  #values: unknown[]
  /** Made when the first item has a context. */
  #contexts: (Context | undefined)[] | undefined
  #mask: number
  /** Items for which the ring has room as it is. */
  #room: number
  /** Items that have left, whichever way. */
  #gone = 0
  /** Places that are neither held nor promised. */
  #owed: number
  /** Credit is granted in steps of a quarter: fewer hand-overs than one by one, and upstream never runs dry. */
  readonly #step: number
  #markedAt = -1
  readonly #ages = new AgeMarks()
  readonly #meter: Meter

  constructor(options: EdgeOptions, env: RunEnvironment) {
    super(options, env)
    const { items } = options
    const size = Math.min(FIRST_SIZE, 2 ** Math.ceil(Math.log2(items)))
    this.#values = Array.from({ length: size })
    this.#mask = size - 1
    this.#room = Math.min(size, items)
    this.#owed = items
    this.#step = Math.max(1, items >> 2)
    this.#meter = env.meter
  }

  get length(): number {
    return this.put - this.#gone
  }

  protected get credit(): number {
    return this.options.items - this.length - this.#owed
  }

  open(): void {
    this.#grant()
  }

  tail(port: { n: number }): Step {
    return (value, context) => {
      port.n--
      this.offer(value, context)
    }
  }

  offer(value: unknown, context: Context | undefined): Offered {
    if (!this.isOpen) return 'closed'
    if (this.put - this.#gone >= this.#room && !this.#grow()) return this.#refuse(value, context)
    const at = this.put++ & this.#mask
    this.#values[at] = value
    if (context !== undefined) this.#keepContext(at, context)
    if (this.#meter.t !== this.#markedAt) this.#mark()
    if (!this.isWoken && (this.port as Port).n > 0) this.#wake()
    return 'accepted'
  }

  takeReady(): boolean {
    if (this.put === this.#gone) return false
    this.take()
    if (this.#owed >= this.#step) this.#grant()
    return true
  }

  protected take(): void {
    this.#remove()
    this.handed++
  }

  protected replenish(): void {
    if (this.#owed >= this.#step || this.length === 0) this.#grant()
  }

  protected discardAll(reason: string): void {
    while (this.length > 0) {
      this.#remove()
      this.losses.add(this.taken, this.context, reason)
    }
  }

  protected oldestAt(): number {
    return this.#ages.oldestAt(this.#gone)
  }

  #remove(): void {
    const at = this.#gone++ & this.#mask
    this.taken = this.#values[at]
    this.#values[at] = undefined
    if (this.#contexts !== undefined) {
      this.context = this.#contexts[at]
      this.#contexts[at] = undefined
    }
    this.#owed++
  }

  #grant(): void {
    const free = this.#owed
    if (free <= 0 || !this.isOpen) return
    this.#owed = 0
    this.upstream?.request(free)
  }

  /** Only a producer that breaks the rule gets here; the item is counted, the flow ends. */
  #refuse(value: unknown, context: Context | undefined): Offered {
    // It is counted as if it had come and gone before what is held, whose indices it moves on.
    this.#move(this.#mask + 1, 1)
    this.put++
    this.#gone++
    this.losses.add(value, context, 'protocol')
    this.env.fail(overflowError(this.options))
    return 'dropped'
  }

  /** False when the edge is as large as it may be. */
  #grow(): boolean {
    const { items } = this.options
    if (this.length >= items) return false
    const size = (this.#mask + 1) * 2
    this.#move(size, 0)
    this.#mask = size - 1
    this.#room = Math.min(size, items)
    return true
  }

  #move(size: number, by: number): void {
    this.#values = this.#moved(this.#values, size, by)
    if (this.#contexts !== undefined) this.#contexts = this.#moved(this.#contexts, size, by)
  }

  #moved<T>(from: readonly T[], size: number, by: number): T[] {
    const to: T[] = Array.from({ length: size })
    for (let i = this.#gone; i < this.put; i++) to[(i + by) & (size - 1)] = from[i & this.#mask] as T
    return to
  }

  #keepContext(at: number, context: Context): void {
    this.#contexts ??= Array.from({ length: this.#mask + 1 })
    this.#contexts[at] = context
  }

  #mark(): void {
    this.#markedAt = this.#meter.t
    this.#ages.arrived(this.put, this.#markedAt, this.#gone)
  }

  #wake(): void {
    this.isWoken = true
    this.port?.wake()
  }
}
