import { AgeMarks } from './age-marks.ts'
import type { Context } from './context.ts'
import { LatestHold, OrderedHold, type Hold } from './hold.ts'
import { overflowError, takeVictim } from './edge-overflow.ts'
import type { EdgeOptions, Offered } from './edge-options.ts'
import { Losses } from './losses.ts'
import type { Step } from './operator.ts'
import { UNBOUNDED, type Port, type Pull, type Ready, type Receiver, type Upstream } from './receiver.ts'
import type { RunEnvironment, RunningEdge } from './run-environment.ts'
import type { EdgeSnapshot } from './snapshot.ts'
import type { StageAccount } from './stage-account.ts'
import { Weight } from './weight.ts'

/**
 * The bounded buffer between two stages: a receiver for the segment above, a pull for the segment below.
 *
 *   upstream ──next──▶ [ hold ] ──run──▶ segment below
 *            ◀─request─           (grants in steps of a quarter)
 *
 * Invariants: put = taken + held + dropped; with `backpressure`, held + granted ≤ items.
 */
export class Edge implements Receiver, Pull, Ready, RunningEdge {
  readonly options: EdgeOptions
  /** The stage that takes the items. */
  to: StageAccount | undefined
  #upstream: Upstream | undefined
  #port: Port | undefined
  readonly #hold: Hold
  readonly #env: RunEnvironment
  readonly #keyed: boolean
  /** Credit is granted in steps of a quarter: fewer hand-overs than one by one, and upstream never runs dry. */
  readonly #step: number
  readonly #losses: Losses
  readonly #ages = new AgeMarks()
  #put = 0
  #taken = 0
  readonly #weight: Weight
  /** Credit that the producer holds. */
  #granted = 0
  #sampled = 0
  #markedAt = -1
  /** Items may come: neither ended from above nor closed from below. */
  #isOpen = true
  /** The segment below has been woken and has not run yet. */
  #woken = false
  #end: { failed: boolean; error: unknown } | undefined
  #closed = false
  readonly #replenish = (): void => this.#grant(0)

  constructor(options: EdgeOptions, env: RunEnvironment) {
    this.options = options
    this.#env = env
    this.#weight = new Weight(options.bytes, env.memory)
    this.#losses = new Losses(options, env)
    this.#keyed = options.overflow === 'latest'
    this.#step = Math.max(1, options.items >> 2)
    this.#hold = options.overflow === 'latest' ? new LatestHold(options.key) : new OrderedHold(options.items)
    env.edge(this)
  }

  get length(): number {
    return this.#hold.length
  }

  attach(upstream: Upstream): void {
    this.#upstream = upstream
  }

  bind(port: Port): void {
    this.#port = port
  }

  open(): void {
    if (this.options.overflow === 'backpressure') this.#grant(0)
    else this.#upstream?.request(UNBOUNDED)
  }

  next(value: unknown, context: Context | undefined): void {
    this.offer(value, context)
  }

  tail(port: { n: number }): Step {
    return (value, context) => {
      port.n--
      this.offer(value, context)
    }
  }

  offer(value: unknown, context: Context | undefined): Offered {
    if (!this.#isOpen) return 'closed'
    this.#put++
    if (this.#granted > 0) this.#granted--
    try {
      return this.#accept(value, context)
    } catch (error) {
      this.#losses.add(value, context, 'failed')
      this.#failWith(error)
      return 'dropped'
    }
  }

  /** Throws what a caller's `sizeOf`, `key` or `level` throws, before anything has changed. */
  #accept(value: unknown, context: Context | undefined): Offered {
    const bytes = this.#weight.counts ? (this.options.sizeOf ?? this.#env.sizeOf)(value) : 0
    const hold = this.#hold
    if (this.#keyed && hold instanceof LatestHold) {
      const replaced = hold.replace(value, context, bytes)
      if (replaced !== undefined) {
        this.#weight.add(bytes - replaced.bytes)
        this.#losses.add(replaced.value, replaced.context, 'replaced')
        return 'accepted'
      }
    }
    if (this.#isFull() && !this.#makeRoom(value, context)) return 'dropped'
    hold.put(value, context, bytes)
    if (bytes !== 0) this.#weight.add(bytes)
    const at = this.#env.meter.t
    if (at !== this.#markedAt) {
      this.#markedAt = at
      this.#ages.arrived(this.#put, at, this.#put - hold.length)
    }
    if (this.#weight.counts && this.options.overflow === 'backpressure' && this.#weight.isHeavy(this.#hold.length))
      this.#withhold()
    const port = this.#port
    if (!this.#woken && port !== undefined && port.n > 0) {
      this.#woken = true
      if (this.options.deferred) this.#env.clock.yield(() => port.wake())
      else port.wake()
    }
    return 'accepted'
  }

  complete(): void {
    this.#endWith({ failed: false, error: undefined })
  }

  fail(error: unknown): void {
    if (this.options.failFast) this.#discardAll('failed')
    this.#endWith({ failed: true, error })
  }

  run(port: Port): void {
    this.#woken = false
    const hold = this.#hold
    let left = port.left()
    const start = left
    while (port.n > 0 && hold.length > 0) {
      hold.take()
      if (hold.bytes !== 0) this.#weight.add(-hold.bytes)
      this.#taken++
      port.step(hold.taken, hold.context)
      if (--left > 0) continue
      this.#grant(this.#step)
      if (!port.tick(start)) return
      left = port.left()
    }
    this.#grant(this.#step)
    if (left < start) port.tick(start - left)
    if (hold.length > 0 || this.#end === undefined) return
    if (this.#end.failed) port.failed(this.#end.error)
    else port.done()
  }

  current(): Context | undefined {
    return this.#hold.context
  }

  get ready(): Ready | undefined {
    return this.options.deferred ? undefined : this
  }

  get taken(): unknown {
    return this.#hold.taken
  }

  get context(): Context | undefined {
    return this.#hold.context
  }

  takeReady(): boolean {
    const hold = this.#hold
    if (hold.length === 0) return false
    hold.take()
    if (hold.bytes !== 0) this.#weight.add(-hold.bytes)
    this.#taken++
    if (this.#owed() >= this.#step) this.#grant(this.#step)
    return true
  }

  cancel(reason: unknown): void {
    if (this.#closed) return
    this.#closed = true
    this.#isOpen = false
    this.#discardAll('cancelled')
    this.#env.memory.forget(this.#replenish)
    if (this.#end === undefined) this.#upstream?.cancel(reason)
  }

  pulled(): number {
    return this.#taken
  }

  isBalanced(): boolean {
    return this.#put === this.#taken + this.#hold.length + this.#losses.total
  }

  inspect(id: string): EdgeSnapshot {
    const { options } = this
    const from = this.#upstream?.stage
    return {
      id,
      name: options.name,
      from: from?.id ?? '',
      to: this.to?.id ?? '',
      policy: options.overflow,
      durable: false,
      length: this.#hold.length,
      capacity: options.items,
      bytes: this.#weight.bytes,
      capacityBytes: options.bytes === Infinity ? 0 : options.bytes,
      credit: options.overflow === 'backpressure' ? this.#granted : UNBOUNDED,
      put: this.#put,
      taken: this.#taken,
      dropped: { ...this.#losses.byReason },
      oldestMs: this.length === 0 ? 0 : this.#ages.oldestMs(this.#put - this.length, this.#env.clock.now()),
      blockedMs: this.#upstream?.blockedMs?.() ?? from?.blockedMs() ?? 0,
    }
  }

  #isFull(): boolean {
    const { length } = this.#hold
    return length >= this.options.items || (this.options.overflow !== 'backpressure' && this.#weight.isHeavy(length))
  }

  /** Places that are neither held nor promised. */
  #owed(): number {
    return this.options.items - this.#hold.length - this.#granted
  }

  /** Grants what is free, once it is worth a hand-over: `step` items or everything there is. */
  #grant(step: number): void {
    if (this.options.overflow !== 'backpressure' || this.#closed || this.#end !== undefined) return
    if (this.#weight.isHeavy(this.#hold.length)) {
      this.#withhold()
      return
    }
    const free = this.#owed()
    if (free <= 0 || (free < step && this.#hold.length > 0)) return
    this.#granted += free
    this.#upstream?.request(free)
  }

  #withhold(): void {
    this.#granted -= this.#upstream?.revoke() ?? 0
    if (this.#env.memory.isFull) this.#env.memory.onRoom(this.#replenish)
  }

  /** A full edge with a policy: true when the arriving item may be put. */
  #makeRoom(value: unknown, context: Context | undefined): boolean {
    const { overflow } = this.options
    if (overflow === 'drop-all') return this.#discardAll(overflow)
    const hold = this.#hold
    if (takeVictim(hold, this.options, value, context, this.#env.random, this.#sampled++)) return this.#evict(overflow)
    this.#losses.add(value, context, overflow === 'backpressure' ? 'protocol' : overflow)
    // Without credit only a producer that breaks the rule gets here; the item is counted, the flow ends.
    if (overflow === 'backpressure') this.#env.fail(overflowError(this.options))
    else if (overflow === 'fail') this.#failWith(overflowError(this.options))
    return false
  }

  #evict(reason: string): true {
    const { taken, context, bytes } = this.#hold
    if (bytes !== 0) this.#weight.add(-bytes)
    this.#losses.add(taken, context, reason)
    return true
  }

  #discardAll(reason: string): true {
    while (this.#hold.length > 0) {
      this.#hold.take()
      this.#evict(reason)
    }
    return true
  }

  #failWith(error: unknown): void {
    this.#upstream?.cancel(error)
    this.#endWith({ failed: true, error })
  }

  #endWith(end: { failed: boolean; error: unknown }): void {
    if (this.#closed || this.#end !== undefined) return
    this.#end = end
    this.#isOpen = false
    this.#env.memory.forget(this.#replenish)
    // A deferred edge that is about to be run tells its end then, and not in this turn.
    if (!this.options.deferred || !this.#woken) this.#port?.wake()
  }
}
