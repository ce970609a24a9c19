import { byteCount } from '../kernel/bytes.ts'
import { checkFunction, checkInteger, checkNumber } from '../kernel/check.ts'
import type { Clock } from '../kernel/clock.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { Delivery } from './delivery.ts'
import type { Taker } from './dispatcher.ts'
import type { Leased } from './message.ts'
import { Pull } from './pull.ts'
import { QueueDelivery, type DeliveryHost } from './queue-delivery.ts'
import type { Receiver, ReceiverOptions } from './receiver.ts'
import { Slots } from './slots.ts'

/** What a receiver needs of its queue. */
export interface ReceiverHost<T, M extends Leased> {
  readonly clock: Clock
  readonly name: string
  readonly leaseMs: number
  decode(message: M): { body: T } | undefined
  lease(message: M): void
  ack(message: M): void
  fail(message: M, reason: string, delayMs: number | undefined): void
  bury(message: M, reason: string): void
  release(message: M): void
  extend(message: M, ms: number): Promise<void> | void
  /** Begins leases anew, as those of work that goes on; left out where {@link extend} is at once. */
  renew?(messages: readonly M[]): void
  /** Everything that was done so far is durable; rejects when `message` turned out to be somebody else's. */
  durable(message?: M): Promise<void>
  /** Whether the store said, when this was settled, that its lease had ended before; an engine knows that at once. */
  wasLost?(message: M): boolean
  /** Why the store could not settle it, where that is not for a lease that had ended. */
  failureOf?(message: M): unknown
  book(): void
  left(receiver: QueueReceiver<T, M>): void
}

/**
 * A {@link Receiver} of a queue, over the engine or a broker.
 *
 * Invariant: delivered ≤ pulled + granted; unsettled ≤ prefetch; unsettled bytes < prefetchBytes before the last one.
 */
export class QueueReceiver<T, M extends Leased> implements Receiver<T>, Taker<M>, DeliveryHost<M> {
  readonly #host: ReceiverHost<T, M>
  readonly #prefetch: number
  readonly #prefetchBytes: number
  readonly #renews: boolean
  readonly #pulls: Pull<T>[] = [] // one entry for each unanswered call
  readonly #out = new Slots<QueueDelivery<unknown, M>>() // at most prefetch
  #outBytes = 0
  #granted = 0
  #listener: ((deliveries: Delivery<T>[]) => void) | undefined
  #handed: Delivery<T>[] = [] // of this round: at most prefetch
  #isPaused = false
  #isClosed = false
  #drained: (() => void) | undefined
  #stopRenewing: (() => void) | undefined

  constructor(options: ReceiverOptions, host: ReceiverHost<T, M>) {
    this.#host = host
    this.#prefetch = checkInteger('prefetch', options.prefetch ?? 256, 1)
    this.#prefetchBytes = byteCount('prefetchBytes', options.prefetchBytes ?? '64MiB')
    this.#renews = options.renew ?? false
  }

  /** Deliveries that may be unsettled at once. */
  get prefetch(): number {
    return this.#prefetch
  }

  get unsettled(): number {
    return this.#out.size
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  async next(signal?: AbortSignal): Promise<Delivery<T> | undefined> {
    const [delivery] = await this.#pull(1, Infinity, signal)
    return delivery
  }

  batch(max: number, waitMs: number, signal?: AbortSignal): Promise<Delivery<T>[]> {
    checkInteger('max', max, 1)
    return this.#pull(Math.min(max, this.#prefetch), waitMs, signal)
  }

  onDelivery(listener: (deliveries: Delivery<T>[]) => void): void {
    this.#listener = checkFunction('listener', listener)
    this.#host.book()
  }

  grant(items: number): void {
    this.#granted += checkInteger('items', items, 1)
    this.#host.book()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#host.book()
  }

  async ackAll(deliveries: readonly Delivery<T>[]): Promise<void> {
    let lost: Delivery<T> | undefined
    const asked: M[] = []
    for (const delivery of deliveries) {
      if (!(delivery instanceof QueueDelivery) || !delivery.isHeld) lost = delivery
      else {
        const { message } = delivery as QueueDelivery<T, M>
        this.#settled(delivery as QueueDelivery<T, M>)
        this.#host.ack(message)
        asked.push(message)
      }
    }
    if (asked.length > 0) await this.#host.durable()
    const late = asked.filter((message) => this.#host.wasLost?.(message) === true)
    const count = deliveries.length - asked.length + late.length
    const example = lost?.id ?? late[0]?.stored.id
    if (example === undefined) return
    const cause = late.map((message) => this.#host.failureOf?.(message)).find((failure) => failure !== undefined)
    const text = `${count} leases have ended, message ${example} among them`
    throw new ForebayError(
      'FOREBAY_LEASE_LOST',
      cause === undefined ? text : `${text}: ${cause instanceof Error ? cause.message : 'refused'}`,
      { cause },
    )
  }

  async close(options: { drainMs?: number } = {}): Promise<void> {
    const drainMs = checkNumber('drainMs', options.drainMs ?? 0, 0, Infinity)
    if (!this.#isClosed) {
      this.#isClosed = true
      this.#answerPulls()
      if (this.#out.size > 0 && drainMs > 0) await this.#drain(drainMs)
    }
    this.shut()
    await this.#host.durable().catch(() => undefined) // who settled hears of it from their own promise
  }

  /** Closes at once: gives back what is unsettled. */
  shut(): void {
    this.#isClosed = true
    this.#answerPulls()
    this.#stopRenewing?.()
    for (const delivery of this.#out.values().slice()) this.release(delivery)
    this.#drained?.()
    this.#host.left(this)
  }

  #answerPulls(): void {
    for (const pull of this.#pulls.splice(0)) pull.close()
  }

  async *#iterate(): AsyncGenerator<Delivery<T>, void> {
    for (;;) {
      const delivery = await this.next()
      if (delivery === undefined) return
      yield delivery
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<Delivery<T>> {
    return this.#iterate()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  wants(): number {
    if (this.#isPaused || this.#isClosed || this.#outBytes >= this.#prefetchBytes) return 0
    const first = this.#pulls[0]
    const demand = first !== undefined ? first.missing : this.#listener === undefined ? 0 : this.#granted
    return Math.min(demand, this.#prefetch - this.#out.size)
  }

  hand(message: M): boolean {
    const decoded = this.#host.decode(message)
    if (decoded === undefined) return false
    const delivery = new QueueDelivery(message, decoded.body, this)
    message.holder = delivery
    this.#out.add(delivery)
    this.#outBytes += message.stored.bytes
    this.#host.lease(message)
    if (this.#renews) this.#renewLater()
    const pull = this.#pulls[0]
    if (pull === undefined) {
      this.#granted--
      this.#handed.push(delivery)
      return true
    }
    pull.add(delivery)
    if (pull.missing > 0) return true
    this.#pulls.shift()
    pull.finish()
    return true
  }

  roundOver(isDry: boolean): void {
    while (isDry && this.#pulls[0]?.takesWhatIsReady === true) this.#pulls.shift()?.finish()
    if (this.#handed.length === 0) return
    const handed = this.#handed
    this.#handed = []
    this.#listener?.(handed)
  }

  ack(delivery: QueueDelivery<unknown, M>): Promise<void> {
    this.#settled(delivery)
    this.#host.ack(delivery.message)
    return this.#host.durable(delivery.message)
  }

  nack(delivery: QueueDelivery<unknown, M>, delayMs: number | undefined, reason: string): Promise<void> {
    this.#settled(delivery)
    this.#host.fail(delivery.message, reason, delayMs)
    return this.#host.durable(delivery.message)
  }

  bury(delivery: QueueDelivery<unknown, M>, reason: string): Promise<void> {
    this.#settled(delivery)
    this.#host.bury(delivery.message, reason)
    return this.#host.durable(delivery.message)
  }

  release(delivery: QueueDelivery<unknown, M>): void {
    this.#settled(delivery)
    this.#host.release(delivery.message)
  }

  extend(delivery: QueueDelivery<unknown, M>, ms: number): Promise<void> | void {
    return this.#host.extend(delivery.message, ms)
  }

  expired(delivery: QueueDelivery<unknown, M>): void {
    this.#settled(delivery)
  }

  /** One timer while something is out. */
  #renewLater(): void {
    const { clock, leaseMs } = this.#host
    this.#stopRenewing ??= clock.after(leaseMs / 3, () => {
      this.#stopRenewing = undefined
      if (this.#out.size === 0) return
      const messages = this.#out.values().map(({ message }) => message)
      if (this.#host.renew !== undefined) this.#host.renew(messages)
      else for (const message of messages) void this.#host.extend(message, leaseMs)
      this.#renewLater()
    })
  }

  #settled(delivery: QueueDelivery<unknown, M>): void {
    if (!this.#out.delete(delivery)) return
    this.#outBytes -= delivery.bytes
    if (this.#out.size === 0) this.#drained?.()
    this.#host.book()
  }

  #pull(max: number, waitMs: number, signal: AbortSignal | undefined): Promise<Delivery<T>[]> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    if (this.#isClosed) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      this.#pulls.push(
        new Pull({ max, waitMs, clock: this.#host.clock, signal }, { resolve, reject }, (pull) => {
          this.#pulls.splice(this.#pulls.indexOf(pull), 1)
        }),
      )
      this.#host.book()
    })
  }

  #drain(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#host.clock.after(ms, resolve)
      this.#drained = () => {
        cancel()
        resolve()
      }
    })
  }
}
