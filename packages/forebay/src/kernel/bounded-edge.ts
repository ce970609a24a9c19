import type { Context } from './context.ts'
import type { EdgeOptions, Offered } from './edge-options.ts'
import { Losses } from './losses.ts'
import type { Step } from './operator.ts'
import type { Port, Pull, Ready, Receiver, Upstream } from './receiver.ts'
import type { RunEnvironment, RunningEdge } from './run-environment.ts'
import type { EdgeSnapshot } from './snapshot.ts'
import type { StageAccount } from './stage-account.ts'

/**
 * The bounded buffer between two stages: a receiver for the segment above, a pull for the segment below.
 *
 *   upstream ──next──▶ [ held ] ──run──▶ segment below
 *            ◀─request─           (grants in steps of a quarter)
 *
 * Here is what all edges share: both ends, the end of the data, and the account. How items are held, and what
 * an arriving one meets, is up to the kinds: {@link CountedEdge} and {@link Edge}.
 *
 * Invariants: put = taken + held + dropped; with `backpressure`, held + granted ≤ items.
 */
export abstract class BoundedEdge implements Receiver, Pull, Ready, RunningEdge {
  readonly options: EdgeOptions
  /** The stage that takes the items. */
  to: StageAccount | undefined
  /** The item that was taken last, and its context. */
  abstract readonly taken: unknown
  abstract readonly context: Context | undefined
  /** Items it holds. */
  abstract readonly length: number
  protected abstract readonly bytes: number
  /** Credit that the producer holds. */
  protected abstract readonly credit: number
  protected readonly env: RunEnvironment
  protected readonly losses: Losses
  protected upstream: Upstream | undefined
  protected port: Port | undefined
  /** Items that have come, and those handed on. */
  protected put = 0
  protected handed = 0
  /** Items may come: neither ended from above nor closed from below. */
  protected isOpen = true
  protected isClosed = false
  /** The segment below has been woken and has not run yet. */
  protected isWoken = false
  protected end: { readonly failed: boolean; readonly error: unknown } | undefined

  constructor(options: EdgeOptions, env: RunEnvironment) {
    this.options = options
    this.env = env
    this.losses = new Losses(options, env)
    env.edge(this)
  }

  /** Takes an item, or says why not. Only a firehose offers items that nobody asked for. */
  abstract offer(value: unknown, context: Context | undefined): Offered
  abstract tail(port: { n: number }): Step
  /** Grants the first credit. */
  abstract open(): void
  abstract takeReady(): boolean
  /** Takes the oldest; the caller has checked `length`. */
  protected abstract take(): void
  /** Grants what is free, once it is worth a hand-over. */
  protected abstract replenish(): void
  protected abstract discardAll(reason: string): void
  /** When the oldest item came; asked while something is held. */
  protected abstract oldestAt(): number

  get ready(): Ready | undefined {
    return this
  }

  attach(upstream: Upstream): void {
    this.upstream = upstream
  }

  bind(port: Port): void {
    this.port = port
  }

  next(value: unknown, context: Context | undefined): void {
    this.offer(value, context)
  }

  complete(): void {
    this.endWith({ failed: false, error: undefined })
  }

  fail(error: unknown): void {
    if (this.options.failFast) this.discardAll('failed')
    this.endWith({ failed: true, error })
  }

  run(port: Port): void {
    this.isWoken = false
    let left = port.left()
    const start = left
    while (port.n > 0 && this.length > 0) {
      this.take()
      port.step(this.taken, this.context)
      if (--left > 0) continue
      this.replenish()
      if (!port.tick(start)) return
      left = port.left()
    }
    this.replenish()
    if (left < start) port.tick(start - left)
    if (this.length > 0 || this.end === undefined) return
    if (this.end.failed) port.failed(this.end.error)
    else port.done()
  }

  current(): Context | undefined {
    return this.context
  }

  cancel(reason: unknown): void {
    if (this.isClosed) return
    this.isClosed = true
    this.isOpen = false
    this.discardAll('cancelled')
    if (this.end === undefined) this.upstream?.cancel(reason)
  }

  pulled(): number {
    return this.handed
  }

  isBalanced(): boolean {
    return this.put === this.handed + this.length + this.losses.total
  }

  inspect(id: string): EdgeSnapshot {
    const { options, length } = this
    const from = this.upstream?.stage
    return {
      id,
      name: options.name,
      from: from?.id ?? '',
      to: this.to?.id ?? '',
      policy: options.overflow,
      durable: false,
      length,
      capacity: options.items,
      bytes: this.bytes,
      capacityBytes: options.bytes === Infinity ? 0 : options.bytes,
      credit: this.credit,
      wanted: this.port?.n,
      isOver: !this.isOpen && length === 0,
      put: this.put,
      taken: this.handed,
      dropped: { ...this.losses.byReason },
      oldestMs: length === 0 ? 0 : this.env.clock.now() - this.oldestAt(),
      blockedMs: this.upstream?.blockedMs?.() ?? from?.blockedMs() ?? 0,
    }
  }

  protected failWith(error: unknown): void {
    this.upstream?.cancel(error)
    this.endWith({ failed: true, error })
  }

  protected endWith(end: { failed: boolean; error: unknown }): void {
    if (this.isClosed || this.end !== undefined) return
    this.end = end
    this.isOpen = false
    this.tellEnd()
  }

  protected tellEnd(): void {
    this.port?.wake()
  }
}
