import { milliseconds, type Duration } from '../kernel/duration.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { Level } from '../kernel/gate.ts'
import type { Delivery, FailedAttempt } from './delivery.ts'
import type { Holder, Leased } from './message.ts'
import type { Slotted } from './slots.ts'

/** What a delivery needs of the receiver that handed it out. */
export interface DeliveryHost<M extends Leased> {
  ack(delivery: QueueDelivery<unknown, M>): Promise<void>
  nack(delivery: QueueDelivery<unknown, M>, delayMs: number | undefined, reason: string): Promise<void>
  bury(delivery: QueueDelivery<unknown, M>, reason: string): Promise<void>
  release(delivery: QueueDelivery<unknown, M>): void
  extend(delivery: QueueDelivery<unknown, M>, ms: number): Promise<void> | void
  expired(delivery: QueueDelivery<unknown, M>): void
}

const none: Readonly<Record<string, string>> = Object.freeze({})

/** A {@link Delivery} of a queue. */
export class QueueDelivery<T, M extends Leased> implements Delivery<T>, Holder, Slotted {
  readonly message: M
  readonly body: T
  readonly attempt: number
  slot = -1
  readonly #host: DeliveryHost<M>

  constructor(message: M, body: T, host: DeliveryHost<M>) {
    this.message = message
    this.body = body
    this.attempt = message.failed + 1
    this.#host = host
  }

  get id(): string {
    return this.message.stored.id
  }

  get key(): string | undefined {
    return this.message.stored.key
  }

  get group(): string | undefined {
    return this.message.stored.group
  }

  get level(): Level {
    return this.message.stored.level
  }

  get enqueuedAt(): number {
    return this.message.stored.enqueuedAt
  }

  get deadline(): number {
    return this.message.deadline
  }

  get bytes(): number {
    return this.message.stored.bytes
  }

  get headers(): Readonly<Record<string, string>> {
    return this.message.stored.headers ?? none
  }

  get history(): readonly FailedAttempt[] {
    return this.message.stored.history ?? []
  }

  /** Whether the lease is still this delivery's. */
  get isHeld(): boolean {
    return this.message.holder === this
  }

  ack(): Promise<void> {
    return this.isHeld ? this.#host.ack(this) : Promise.reject(this.lost())
  }

  nack(options: { delay?: Duration; reason?: string } = {}): Promise<void> {
    const delayMs = options.delay === undefined ? undefined : milliseconds('delay', options.delay)
    if (!this.isHeld) return Promise.reject(this.lost())
    return this.#host.nack(this, delayMs, options.reason ?? 'nack')
  }

  reject(reason: string): Promise<void> {
    return this.isHeld ? this.#host.bury(this, reason) : Promise.reject(this.lost())
  }

  release(): void {
    if (this.isHeld) this.#host.release(this)
  }

  async extend(time: Duration): Promise<void> {
    const ms = milliseconds('time', time)
    if (!this.isHeld) throw this.lost()
    await this.#host.extend(this, ms)
  }

  expired(): void {
    this.#host.expired(this)
  }

  lost(): ForebayError {
    return new ForebayError('FOREBAY_LEASE_LOST', `the lease of message ${this.id}, attempt ${this.attempt}, has ended`)
  }
}
