import { AgeMarks } from './age-marks.ts'
import type { Context } from './context.ts'
import { ForebayError } from './errors.ts'
import { LatestHold, OrderedHold, type Hold } from './hold.ts'
import { takeVictim } from './edge-overflow.ts'
import { Losses } from './losses.ts'
import type { Overflow } from './overflow.ts'
import { UNBOUNDED, type Port, type Pull, type Receiver, type Upstream } from './receiver.ts'
import type { RunEnvironment, RunningEdge } from './run-environment.ts'
import { Shed } from './shed.ts'
import type { EdgeSnapshot } from './snapshot.ts'
import type { StageAccount } from './stage-account.ts'

/** A bounded edge as plan data. */
export interface EdgeOptions {
  readonly name: string
  readonly items: number
  /** Bytes it may hold; `Infinity` when it is bounded by items alone. One item may overshoot. */
  readonly bytes: number
  readonly overflow: Overflow
  /** Key of an item, for `latest`. */
  readonly key: ((value: any) => unknown) | undefined
  /** Level of an item, for `drop-lowest`; default: the level in its context, else 1. */
  readonly level: ((value: any) => number) | undefined
  /** For `sample`: 1 in so many arriving items is kept while the edge is full. */
  readonly every: number
  readonly sizeOf: ((value: any) => number) | undefined
  /** Items reach the consumer only in a later turn of the event loop. */
  readonly deferred: boolean
  /** Discards what is held as soon as upstream fails, instead of draining first. */
  readonly failFast: boolean
  readonly onDrop: ((value: any, reason: string) => void) | undefined
}

/** What became of an item that was offered to an edge. */
export type Offered = 'accepted' | 'dropped' | 'closed'

/**
 * The bounded buffer between two stages: a receiver for the segment above, a pull for the segment below.
 *
 *   upstream ──next──▶ [ hold ] ──run──▶ segment below
 *            ◀─request─           (grants in steps of a quarter)
 *
 * Invariants: put = taken + held + dropped; with `backpressure`, held + granted ≤ items.
 */
export class Edge implements Receiver, Pull, RunningEdge {
  readonly options: EdgeOptions
  /** The stage that takes the items. */
  to: StageAccount | undefined
  #upstream: Upstream | undefined
  #port: Port | undefined
  readonly #hold: Hold
  readonly #env: RunEnvironment
  readonly #sized: boolean
  readonly #losses: Losses
  readonly #ages = new AgeMarks()
  #put = 0
  #taken = 0
  #bytes = 0
  /** Credit that the producer holds. */
  #granted = 0
  #sampled = 0
  #end: { failed: boolean; error: unknown } | undefined
  #closed = false
  #deferred = false
  readonly #replenish = (): void => this.#grant(0)

  constructor(options: EdgeOptions, env: RunEnvironment) {
    this.options = options
    this.#env = env
    this.#losses = new Losses(env.totals, options.onDrop)
    this.#sized = options.bytes !== Infinity || env.memory.limitBytes !== Infinity
    this.#hold = options.overflow === 'latest' ? new LatestHold(options.key ?? same) : new OrderedHold(options.items)
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

  /** Grants the first credit. */
  open(): void {
    if (this.options.overflow === 'backpressure') this.#grant(0)
    else this.#upstream?.request(UNBOUNDED)
  }

  next(value: unknown, context: Context | undefined): void {
    this.offer(value, context)
  }

  offer(value: unknown, context: Context | undefined): Offered {
    if (this.#closed || this.#end !== undefined) return 'closed'
    this.#put++
    if (this.#granted > 0) this.#granted--
    const bytes = this.#sized ? (this.options.sizeOf ?? this.#env.sizeOf)(value) : 0
    const hold = this.#hold
    if (hold instanceof LatestHold) {
      const replaced = hold.replace(value, context, bytes)
      if (replaced !== undefined) {
        this.#weigh(bytes - replaced.bytes)
        this.#drop(replaced.value, replaced.context, 'replaced')
        return 'accepted'
      }
    }
    if (this.#isFull() && !this.#makeRoom(value, context)) return 'dropped'
    hold.put(value, context, bytes)
    if (bytes !== 0) this.#weigh(bytes)
    this.#ages.arrived(this.#put, this.#env.meter.t, this.#put - hold.length)
    if (this.#sized && this.options.overflow === 'backpressure' && this.#isHeavy()) this.#withhold()
    const port = this.#port
    if (port !== undefined && port.n > 0) this.#wake(port)
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
    const hold = this.#hold
    let left = port.left()
    const start = left
    while (port.n > 0 && hold.length > 0) {
      hold.take()
      if (hold.bytes !== 0) this.#weigh(-hold.bytes)
      this.#taken++
      port.step(hold.taken, hold.context)
      if (--left > 0) continue
      this.#grant(this.options.items >> 2)
      if (!port.tick(start)) return
      left = port.left()
    }
    this.#grant(this.options.items >> 2)
    if (left < start) port.tick(start - left)
    if (hold.length > 0 || this.#end === undefined) return
    if (this.#end.failed) port.failed(this.#end.error)
    else port.done()
  }

  cancel(reason: unknown): void {
    if (this.#closed) return
    this.#closed = true
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
      bytes: this.#bytes,
      capacityBytes: options.bytes === Infinity ? 0 : options.bytes,
      credit: options.overflow === 'backpressure' ? this.#granted : UNBOUNDED,
      put: this.#put,
      taken: this.#taken,
      dropped: { ...this.#losses.byReason },
      oldestMs: this.#oldestMs(),
      blockedMs: from?.blockedMs() ?? 0,
    }
  }

  #isFull(): boolean {
    return this.#hold.length >= this.options.items || (this.options.overflow !== 'backpressure' && this.#isHeavy())
  }

  /** Over its bytes, or over the run's budget. An empty edge never is: one item larger than the budget must pass. */
  #isHeavy(): boolean {
    if (!this.#sized || this.#hold.length === 0) return false
    return this.#bytes >= this.options.bytes || this.#env.memory.isFull
  }

  #weigh(bytes: number): void {
    this.#bytes += bytes
    if (bytes > 0) this.#env.memory.take(bytes)
    else this.#env.memory.give(-bytes)
  }

  /** Grants what is free, once it is worth a hand-over: `step` items or everything there is. */
  #grant(step: number): void {
    if (this.options.overflow !== 'backpressure' || this.#closed || this.#end !== undefined) return
    if (this.#isHeavy()) {
      this.#withhold()
      return
    }
    const free = this.options.items - this.#hold.length - this.#granted
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
    if (overflow === 'drop-all') {
      this.#discardAll(overflow)
      return true
    }
    if (takeVictim(this.#hold, this.options, value, context, this.#env.random, this.#sampled++)) {
      return this.#evict(this.#hold.taken, overflow)
    }
    this.#drop(value, context, overflow === 'backpressure' ? 'protocol' : overflow)
    if (overflow === 'fail') this.#overflowed()
    else if (overflow === 'backpressure') {
      // Only a producer that breaks the credit rule gets here; the item is counted, the flow ends.
      this.#env.fail(new ForebayError('FOREBAY_PROTOCOL', `${this.options.name}: an item arrived without credit`))
    }
    return false
  }

  #evict(value: unknown, reason: string): true {
    const { context, bytes } = this.#hold
    if (bytes !== 0) this.#weigh(-bytes)
    this.#drop(value, context, reason)
    return true
  }

  #drop(value: unknown, context: Context | undefined, reason: string): void {
    const cause = reason === 'reject' ? new Shed({ reason: 'line', gate: this.options.name }) : reason
    this.#losses.add(value, context, reason, cause)
  }

  #discardAll(reason: string): void {
    while (this.#hold.length > 0) {
      this.#hold.take()
      this.#evict(this.#hold.taken, reason)
    }
  }

  #overflowed(): void {
    const error = new ForebayError('FOREBAY_OVERFLOW', `${this.options.name}: full with ${this.options.items} items`)
    this.#upstream?.cancel(error)
    this.#endWith({ failed: true, error })
  }

  #endWith(end: { failed: boolean; error: unknown }): void {
    if (this.#closed || this.#end !== undefined) return
    this.#end = end
    this.#env.memory.forget(this.#replenish)
    this.#port?.wake()
  }

  #wake(port: Port): void {
    if (!this.options.deferred) return port.wake()
    if (this.#deferred) return
    this.#deferred = true
    this.#env.clock.yield(() => {
      this.#deferred = false
      port.wake()
    })
  }

  #oldestMs(): number {
    if (this.#hold.length === 0) return 0
    const at = this.#ages.oldest(this.#put - this.#hold.length)
    return at === undefined ? 0 : Math.max(0, this.#env.clock.now() - at)
  }
}

const same = (value: unknown): unknown => value
