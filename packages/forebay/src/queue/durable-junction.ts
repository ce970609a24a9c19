import { settle, type Context, type Lease, type Outcome } from '../kernel/context.ts'
import { DeliveryLease } from './delivery-lease.ts'
import { EdgeShare } from './edge-share.ts'
import { edgeSnapshot } from './edge-snapshot.ts'
import type { DurableDelivery, DurableEdge, DurablePart } from '../kernel/durable.ts'
import type { Overflow } from '../kernel/overflow.ts'
import type { Port, Upstream } from '../kernel/receiver.ts'
import { RingBuffer } from '../kernel/ring-buffer.ts'
import type { RunEnvironment } from '../kernel/run-environment.ts'
import type { EdgeSnapshot } from '../kernel/snapshot.ts'
import type { StageAccount } from '../kernel/stage-account.ts'

/**
 * A durable edge inside a running flow. Above, items are put in groups, as many as came while the last
 * group was on its way to the disk; the account of the item above ends when it is stored. Below,
 * deliveries come with credit, and each carries a lease that ends the delivery.
 */
export class DurableJunction implements DurablePart {
  readonly #name: string
  readonly #edge: DurableEdge
  readonly #env: RunEnvironment
  readonly #window: number
  readonly #prefetch: number
  readonly #overflow: Overflow
  readonly #ready: RingBuffer<DurableDelivery>
  #pending: { values: unknown[]; contexts: (Context | undefined)[] } = { values: [], contexts: [] }
  /** The stage that takes the items. */
  to: StageAccount | undefined
  #upstream: Upstream | undefined
  #port: Port | undefined
  /** Credit that the producer holds. */
  #granted = 0
  #putting = 0
  #inputOver = false
  #failure: { error: unknown } | undefined
  #cancelled = false
  #gaveUp = false
  #doneBelow = false
  /** Deliveries handed out by the store and not settled. */
  #out = 0
  #put = 0
  #taken = 0
  #current: Context | undefined
  #stored = 0
  #endedCount = 0
  #duplicates = 0
  #lost = 0
  readonly #dropped: Record<string, number> = {}
  readonly #share: EdgeShare | undefined

  constructor(
    name: string,
    edge: DurableEdge,
    options: { window: number; prefetch: number; overflow: Overflow },
    env: RunEnvironment,
  ) {
    this.#name = name
    this.#edge = edge
    this.#env = env
    this.#window = options.window
    this.#prefetch = options.prefetch
    this.#overflow = options.overflow
    this.#ready = new RingBuffer(options.prefetch)
    env.totals.carriedIn += edge.carriedIn
    env.edge(this)
    edge.onRoom(() => this.#grant())
    edge.onDelivery((deliveries) => this.#deliver(deliveries))
    edge.onEnd((end, outcome, reason) => this.#ended(end, outcome, reason))
    edge.onError((error) => env.fail(error))
    this.#share = EdgeShare.of(edge, env, this, () => this.#finishIf(this.#out === 0 && this.isEmpty, true))
  }

  /** Records the edge holds now, in whatever state, as far as the flow has been told. */
  get length(): number {
    return this.#edge.carriedIn + this.redriven + this.#stored - this.#endedCount + (this.#share?.net ?? 0)
  }

  /** Dead letters that were put back while the flow runs. */
  get redriven(): number {
    return this.#edge.depth().redriven
  }

  attach(upstream: Upstream | undefined): void {
    this.#upstream = upstream
    if (upstream === undefined) this.#inputOver = true
  }

  bind(port: Port): void {
    this.#port = port
  }

  open(): void {
    this.#edge.grant(this.#prefetch)
    this.#grant()
    this.#share?.check()
  }

  /** Upstream is over: end below once everything that is held has been settled, or `giveUp` has been called. */
  get isEmpty(): boolean {
    return this.#putting === 0 && this.#pending.values.length === 0 && this.length === 0
  }

  /** Ends below as soon as what is being worked on has been settled; the rest stays on disk. */
  giveUp(): void {
    this.#inputOver = true
    this.#gaveUp = true
    this.#edge.pause()
    this.#out -= this.#ready.length
    while (this.#ready.length > 0) this.#ready.shift().settle('returned', 'drain')
    this.#finishIf(this.#out === 0)
  }

  next(value: unknown, context: Context | undefined): void {
    this.#put++
    this.#granted--
    this.#pending.values.push(value)
    this.#pending.contexts.push(context)
    if (this.#putting === 0) this.#flushSoon()
  }

  complete(): void {
    this.#inputOver = true
    this.#finishIf(this.isEmpty)
  }

  fail(error: unknown): void {
    this.#inputOver = true
    this.#failure = { error }
    this.#edge.pause()
    this.#port?.wake()
  }

  run(port: Port): void {
    if (this.#failure !== undefined) return port.failed(this.#failure.error)
    let left = port.left()
    const start = left
    while (port.n > 0 && this.#ready.length > 0) {
      const delivery = this.#ready.shift()
      this.#taken++
      this.#current = { ...delivery.context, lease: this.#lease(delivery) }
      port.step(delivery.value, this.#current)
      if (--left > 0) continue
      if (!port.tick(start)) return
      left = port.left()
    }
    if (left < start) port.tick(start - left)
    if (this.#inputOver && this.#doneBelow) port.done()
  }

  cancel(_reason: unknown): void {
    if (this.#cancelled) return
    this.#cancelled = true
    this.#edge.pause()
    while (this.#ready.length > 0) this.#ready.shift().settle('returned', 'cancelled')
    const { contexts } = this.#pending
    this.#pending = { values: [], contexts: [] }
    for (const context of contexts) {
      this.#drop('cancelled')
      settle(context, 'returned', 'cancelled')
    }
    if (!this.#inputOver) this.#upstream?.cancel(_reason)
  }

  current(): Context | undefined {
    return this.#current
  }

  pulled(): number {
    return this.#taken
  }

  close(): Promise<void> {
    this.#share?.close()
    return this.#edge.close()
  }

  isBalanced(): boolean {
    const waiting = Math.max(0, this.#putting) + this.#pending.values.length
    return this.#put === this.#stored + this.#duplicates + waiting + this.#lost
  }

  inspect(id: string): EdgeSnapshot {
    return edgeSnapshot(this.#edge, {
      id,
      name: this.#name,
      upstream: this.#upstream?.stage,
      to: this.to?.id ?? '',
      policy: this.#overflow,
      length: this.length,
      credit: this.#granted,
      put: this.#edge.carriedIn + this.redriven + this.#stored + this.#lost + (this.#share?.put ?? 0),
      taken: this.#endedCount + (this.#share?.taken ?? 0),
      dropped: { ...this.#dropped },
    })
  }

  /** Where others share the edge, only the store is sure that nothing is left. */
  #finishIf(over: boolean, isSure = this.#share === undefined || this.#gaveUp): void {
    if (!this.#inputOver || !over || this.#doneBelow) return
    if (!isSure) return this.#share?.check()
    this.#doneBelow = true
    this.#share?.close()
    this.#port?.wake()
  }

  #grant(): void {
    if (this.#inputOver || this.#cancelled || this.#upstream === undefined) return
    const waiting = this.#granted + this.#pending.values.length + Math.max(0, this.#putting)
    const free = Math.min(this.#window - waiting, this.#edge.room() - waiting)
    if (free <= 0) return
    this.#granted += free
    this.#upstream.request(free)
  }

  /** Puts what has gathered by the end of this turn: one commit for many items. */
  #flushSoon(): void {
    this.#putting = -1
    queueMicrotask(() => {
      if (this.#putting === -1) this.#flush() // the end of the last put may have done it meanwhile
    })
  }

  #flush(): void {
    const { values, contexts } = this.#pending
    this.#pending = { values: [], contexts: [] }
    this.#putting = values.length
    if (values.length === 0) {
      this.#finishIf(this.isEmpty)
      return
    }
    this.#edge.put(values).then(
      (results) => {
        this.#putting = 0
        results.forEach((result, index) => this.#accepted(result, contexts[index]))
        this.#grant()
        if (this.#pending.values.length > 0) this.#flush()
        else this.#finishIf(this.isEmpty)
      },
      (error: unknown) => {
        this.#putting = 0
        for (const context of contexts) {
          this.#drop('store')
          settle(context, 'failed', error)
        }
        this.#env.fail(error)
      },
    )
  }

  #drop(reason: string): void {
    this.#lost++
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + 1
  }

  #accepted(result: 'stored' | 'duplicate' | 'dropped', context: Context | undefined): void {
    if (result === 'dropped') {
      this.#drop(this.#overflow)
      return settle(context, 'dropped', this.#overflow)
    }
    if (result === 'duplicate') {
      this.#duplicates++
      this.#env.totals.drop('duplicate')
    } else this.#stored++
    settle(context, 'stored')
  }

  #deliver(deliveries: readonly DurableDelivery[]): void {
    for (const delivery of deliveries) {
      if (this.#cancelled || this.#doneBelow) delivery.settle('returned', 'cancelled')
      else {
        this.#out++
        this.#ready.push(delivery)
      }
    }
    const port = this.#port
    if (port !== undefined && port.n > 0) port.wake()
  }

  #lease(delivery: DurableDelivery): Lease {
    return new DeliveryLease((outcome, reason) => {
      this.#out--
      delivery.settle(outcome, reason)
      if (this.#gaveUp) this.#finishIf(this.#out === 0)
      else if (!this.#cancelled && this.#failure === undefined) this.#edge.grant(1)
    })
  }

  /** The end of a record is durable. */
  #ended(end: 'acked' | 'dead' | 'evicted', outcome: Outcome, reason: unknown): void {
    const { totals } = this.#env
    if (end === 'evicted') {
      this.#stored-- // it was, and now it is lost
      this.#drop(reason as string)
    } else this.#endedCount++
    if (end === 'dead') totals.deadLettered++
    else totals.end(outcome, reason)
    this.#grant()
    this.#finishIf(this.isEmpty)
  }
}
