import { AgeMarks } from './age-marks.ts'
import { BoundedEdge } from './bounded-edge.ts'
import type { Context } from './context.ts'
import { LatestHold, OrderedHold, type Hold } from './hold.ts'
import { overflowError, takesFromFront, takeVictim } from './edge-overflow.ts'
import type { EdgeOptions, Offered } from './edge-options.ts'
import type { Step } from './operator.ts'
import { UNBOUNDED, type Ready } from './receiver.ts'
import type { RunEnvironment } from './run-environment.ts'
import { Weight } from './weight.ts'

/**
 * An edge with any policy, bounded by items, by bytes and by the memory of the run, and the one whose items wait
 * for a later turn.
 */
export class Edge extends BoundedEdge {
  protected readonly hold: Hold
  /** Credit is granted in steps of a quarter: fewer hand-overs than one by one, and upstream never runs dry. */
  readonly #step: number
  readonly #weight: Weight
  /** Credit that the producer holds. */
  #granted = 0
  #sampled = 0
  /** Items that were held and lost. */
  #evicted = 0
  readonly #ages = new AgeMarks()
  #markedAt: number
  readonly #onRoom = (): void => this.#grant(0)

  constructor(options: EdgeOptions, env: RunEnvironment, hold?: Hold) {
    super(options, env)
    this.#weight = new Weight(options.bytes, env.memory)
    this.#step = Math.max(1, options.items >> 2)
    const isMarked = takesFromFront(options.overflow) && env.memory.mayShed === undefined
    this.hold =
      hold ?? (options.overflow === 'latest' ? new LatestHold(options.key) : new OrderedHold(options.items, !isMarked))
    this.#markedAt = isMarked ? -1 : Infinity
  }

  get length(): number {
    return this.hold.length
  }

  get taken(): unknown {
    return this.hold.taken
  }

  get context(): Context | undefined {
    return this.hold.context
  }

  override get ready(): Ready | undefined {
    return this.options.deferred ? undefined : this
  }

  protected get bytes(): number {
    return this.#weight.bytes
  }

  protected get credit(): number {
    return this.options.overflow === 'backpressure' ? this.#granted : UNBOUNDED
  }

  open(): void {
    const { overflow } = this.options
    if (overflow === 'backpressure') return this.#grant(0)
    if (overflow !== 'fail') this.env.memory.mayShed?.(this.hold, this.options, () => this.evict('memory'))
    this.upstream?.request(UNBOUNDED)
  }

  tail(port: { n: number }): Step {
    return (value, context) => {
      port.n--
      this.offer(value, context)
    }
  }

  offer(value: unknown, context: Context | undefined): Offered {
    if (!this.isOpen) return 'closed'
    this.put++
    if (this.#granted > 0) this.#granted--
    try {
      return this.#accept(value, context)
    } catch (error) {
      this.losses.add(value, context, 'failed')
      this.failWith(error)
      return 'dropped'
    }
  }

  /** Throws what a caller's `sizeOf`, `key` or `level` throws, before anything has changed. */
  #accept(value: unknown, context: Context | undefined): Offered {
    const bytes = this.#weight.counts ? (this.options.sizeOf ?? this.env.sizeOf)(value) : 0
    const hold = this.hold
    const at = this.env.meter.t
    if (hold instanceof LatestHold) {
      const replaced = hold.replace(value, context, bytes, at)
      if (replaced !== undefined) {
        this.#weight.add(bytes - replaced.bytes)
        this.losses.add(replaced.value, replaced.context, 'replaced')
        return 'accepted'
      }
    }
    if (this.#isFull() && !this.#makeRoom(value, context)) return 'dropped'
    hold.put(value, context, bytes, at)
    if (bytes !== 0) this.#weight.add(bytes)
    if (at > this.#markedAt) {
      this.#markedAt = at
      const gone = this.#gone()
      this.#ages.arrived(gone + hold.length, at, gone)
    }
    if (this.#weight.counts && this.options.overflow === 'backpressure' && this.#weight.isHeavy(this.hold.length))
      this.#withhold()
    const port = this.port
    if (!this.isWoken && port !== undefined && port.n > 0) {
      this.isWoken = true
      if (this.options.deferred) this.env.clock.yield(() => port.wake())
      else port.wake()
    }
    return 'accepted'
  }

  takeReady(): boolean {
    if (this.length === 0) return false
    this.take()
    if (this.#owed() >= this.#step) this.#grant(this.#step)
    return true
  }

  override cancel(reason: unknown): void {
    super.cancel(reason)
    this.env.memory.forget(this.#onRoom)
  }

  protected take(): void {
    const hold = this.hold
    hold.take()
    if (hold.bytes !== 0) this.#weight.add(-hold.bytes)
    this.handed++
  }

  protected replenish(): void {
    this.#grant(this.#step)
  }

  protected discardAll(reason: string): true {
    while (this.hold.length > 0) {
      this.hold.take()
      this.evict(reason)
    }
    return true
  }

  protected override tellEnd(): void {
    this.env.memory.forget(this.#onRoom)
    // A deferred edge that is about to be run tells its end then, and not in this turn.
    if (!this.options.deferred || !this.isWoken) super.tellEnd()
  }

  protected oldestAt(): number {
    return this.hold.oldestAt ?? this.#ages.oldestAt(this.#gone())
  }

  /** Items that were held and have left. */
  #gone(): number {
    return this.handed + this.#evicted
  }

  #isFull(): boolean {
    const { length } = this.hold
    return length >= this.options.items || (this.options.overflow !== 'backpressure' && this.#weight.isHeavy(length))
  }

  /** Places that are neither held nor promised. */
  #owed(): number {
    return this.options.items - this.hold.length - this.#granted
  }

  /** Grants what is free, once it is worth a hand-over: `step` items or everything there is. */
  #grant(step: number): void {
    if (this.options.overflow !== 'backpressure' || this.isClosed || this.end !== undefined) return
    if (this.#weight.isHeavy(this.hold.length)) {
      this.#withhold()
      return
    }
    const free = this.#owed()
    if (free <= 0 || (free < step && this.hold.length > 0)) return
    this.#granted += free
    this.upstream?.request(free)
  }

  #withhold(): void {
    this.#granted -= this.upstream?.revoke() ?? 0
    if (this.env.memory.isFull) this.env.memory.onRoom(this.#onRoom)
  }

  /** A full edge with a policy: true when the arriving item may be put. */
  #makeRoom(value: unknown, context: Context | undefined): boolean {
    const { overflow } = this.options
    if (overflow === 'drop-all') return this.discardAll(overflow)
    const hold = this.hold
    if (takeVictim(hold, this.options, value, context, this.env.random, this.#sampled++)) return this.evict(overflow)
    this.losses.add(value, context, overflow === 'backpressure' ? 'protocol' : overflow)
    // Without credit only a producer that breaks the rule gets here; the item is counted, the flow ends.
    if (overflow === 'backpressure') this.env.fail(overflowError(this.options))
    else if (overflow === 'fail') this.failWith(overflowError(this.options))
    return false
  }

  /** Counts the item that was taken last as lost. */
  protected evict(reason: string): true {
    this.#evicted++
    const { taken, context, bytes } = this.hold
    if (bytes !== 0) this.#weight.add(-bytes)
    this.losses.add(taken, context, reason)
    return true
  }
}
