import { byteCount } from '../kernel/bytes.ts'
import { checkFunction, checkInteger, checkNumber } from '../kernel/check.ts'
import type { Clock } from '../kernel/clock.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { Delivery } from './delivery.ts'
import type { Taker } from './dispatcher.ts'
import type { Message } from './message.ts'
import { Pull } from './pull.ts'
import { QueueDelivery, type DeliveryHost } from './queue-delivery.ts'
import type { Receiver, ReceiverOptions } from './receiver.ts'
import { Slots } from './slots.ts'

/** What a receiver needs of its queue. */
export interface ReceiverHost<T> {
  readonly clock: Clock
  readonly name: string
  readonly leaseMs: number
  decode(message: Message): { body: T } | undefined
  lease(message: Message): void
  ack(message: Message): void
  fail(message: Message, reason: string, delayMs: number | undefined): void
  bury(message: Message, reason: string): void
  release(message: Message): void
  extend(message: Message, ms: number): void
  durable(): Promise<void>
  book(): void
  left(receiver: QueueReceiver<T>): void
}

/**
 * A {@link Receiver} of the queue engine.
 *
 * Invariant: delivered ≤ pulled + granted; unsettled ≤ prefetch; unsettled bytes < prefetchBytes before the last one.
 */
export class QueueReceiver<T> implements Receiver<T>, Taker, DeliveryHost {
  readonly #host: ReceiverHost<T>
  readonly #prefetch: number
  readonly #prefetchBytes: number
  readonly #renews: boolean
  readonly #pulls: Pull<T>[] = [] // one entry for each unanswered call
  readonly #out = new Slots<QueueDelivery<unknown>>() // at most prefetch
  #outBytes = 0
  #granted = 0
  #listener: ((deliveries: Delivery<T>[]) => void) | undefined
  #handed: Delivery<T>[] = [] // of this round: at most prefetch
  #isPaused = false
  #isClosed = false
  #drained: (() => void) | undefined
  #stopRenewing: (() => void) | undefined

  constructor(options: ReceiverOptions, host: ReceiverHost<T>) {
    this.#host = host
    this.#prefetch = checkInteger('prefetch', options.prefetch ?? 256, 1)
    this.#prefetchBytes = byteCount('prefetchBytes', options.prefetchBytes ?? '64MiB')
    this.#renews = options.renew ?? false
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
    let acked = 0
    for (const delivery of deliveries) {
      if (!(delivery instanceof QueueDelivery) || !delivery.isHeld) lost = delivery
      else {
        this.#settled(delivery)
        this.#host.ack(delivery.message)
        acked++
      }
    }
    if (acked > 0) await this.#host.durable()
    if (lost !== undefined)
      throw new ForebayError(
        'FOREBAY_LEASE_LOST',
        `${deliveries.length - acked} leases have ended, message ${lost.id} among them`,
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

  hand(message: Message): boolean {
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

  ack(delivery: QueueDelivery<unknown>): Promise<void> {
    this.#settled(delivery)
    this.#host.ack(delivery.message)
    return this.#host.durable()
  }

  nack(delivery: QueueDelivery<unknown>, delayMs: number | undefined, reason: string): Promise<void> {
    this.#settled(delivery)
    this.#host.fail(delivery.message, reason, delayMs)
    return this.#host.durable()
  }

  bury(delivery: QueueDelivery<unknown>, reason: string): Promise<void> {
    this.#settled(delivery)
    this.#host.bury(delivery.message, reason)
    return this.#host.durable()
  }

  release(delivery: QueueDelivery<unknown>): void {
    this.#settled(delivery)
    this.#host.release(delivery.message)
  }

  extend(delivery: QueueDelivery<unknown>, ms: number): void {
    this.#host.extend(delivery.message, ms)
  }

  expired(delivery: QueueDelivery<unknown>): void {
    this.#settled(delivery)
  }

  /** One timer while something is out. */
  #renewLater(): void {
    const { clock, leaseMs } = this.#host
    this.#stopRenewing ??= clock.after(leaseMs / 3, () => {
      this.#stopRenewing = undefined
      if (this.#out.size === 0) return
      for (const { message } of this.#out.values()) this.#host.extend(message, leaseMs)
      this.#renewLater()
    })
  }

  #settled(delivery: QueueDelivery<unknown>): void {
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
