import { ForebayError } from '../../kernel/errors.ts'
import type { Counters } from '../counters.ts'
import { Leases } from '../leases.ts'
import type { MessageEnd } from '../queue.ts'
import { QueueReceiver, type ReceiverHost } from '../queue-receiver.ts'
import type { Receiver, ReceiverOptions } from '../receiver.ts'
import type { Settings } from '../settings.ts'
import type { BrokerLink, Held, Settlement } from './broker-link.ts'
import { BrokerMessage } from './broker-message.ts'
import type { Traffic } from './depth-reader.ts'
import type { Gauges } from './gauges.ts'
import { Handout } from './handout.ts'
import { Settler } from './settler.ts'

/** What becomes of messages, told to the queue. */
interface Fates {
  /** Room was made. */
  freed(items: number, bytes: number): void
  ended(end: MessageEnd): void
  /** What is known of the broker is no longer true. */
  stale(): void
}

/** The receivers of a queue of a broker, and all that is with them: handed out, leased, settled. */
export class BrokerDeliveries<T> implements ReceiverHost<T, BrokerMessage> {
  readonly #settings: Settings<T>
  readonly #link: BrokerLink
  readonly #counters: Counters
  readonly #gauges: Gauges
  readonly #fates: Fates
  readonly #settler: Settler
  readonly #handout: Handout
  readonly #leases: Leases<BrokerMessage>
  readonly #receivers = new Set<QueueReceiver<T, BrokerMessage>>()
  /** What this client has of the broker; bounded by the window that the handout asks for. */
  readonly #own = new Map<Held, BrokerMessage>()
  #isClosed = false
  readonly clock: Settings<T>['clock']

  constructor(options: {
    settings: Settings<T>
    link: BrokerLink
    counters: Counters
    gauges: Gauges
    traffic: Traffic
    settleCalls: number
    fates: Fates
  }) {
    const { settings, link, traffic, settleCalls: calls } = options
    const { name, clock, random } = settings
    this.clock = clock
    this.#settings = settings
    this.#link = link
    this.#counters = options.counters
    this.#gauges = options.gauges
    this.#fates = options.fates
    const settled: ConstructorParameters<typeof Settler>[0]['settled'] = (...end) => this.#settled(...end)
    this.#settler = new Settler({ name, link, calls, clock, random, traffic, settled })
    this.#handout = new Handout(link, (message) => this.release(message))
    this.#leases = new Leases(clock, (expired) => this.#expired(expired))
  }

  get name(): string {
    return this.#settings.name
  }

  get leaseMs(): number {
    return this.#settings.leaseMs
  }

  /** Receivers that are open. */
  get receivers(): number {
    return this.#receivers.size
  }

  /** Messages that are here, handed out or not. */
  get own(): number {
    return this.#own.size
  }

  /** Those of them that were not handed out. */
  get shelved(): number {
    return this.#handout.shelved
  }

  receiver(options: ReceiverOptions): Receiver<T> {
    const receiver = new QueueReceiver<T, BrokerMessage>(options, this)
    if (this.#isClosed) receiver.shut()
    else {
      this.#receivers.add(receiver)
      this.#handout.add(receiver, receiver.prefetch)
    }
    return receiver
  }

  deliver(messages: readonly Held[]): void {
    const arrived: BrokerMessage[] = []
    for (const held of messages) {
      const message = new BrokerMessage(held)
      this.#own.set(held, message)
      arrived.push(message)
    }
    this.#gauges.delivered(arrived.length)
    this.#handout.arrived(arrived)
  }

  dry(): void {
    this.#handout.dry()
  }

  lost(messages: Iterable<Held>): void {
    for (const held of messages) {
      const message = this.#own.get(held)
      if (message === undefined) continue
      this.#own.delete(held)
      message.isLost = true
      this.#handout.forget(message)
      const { holder } = message
      this.#leases.end(message)
      holder?.expired()
      this.#gauges.delivered(-1)
    }
    this.#settler.lost()
    this.#handout.book()
  }

  /** The broker is away: settlements wait for it. */
  hold(): void {
    this.#settler.hold()
  }

  resume(): void {
    this.#settler.resume()
  }

  async close(): Promise<void> {
    this.shut()
    await this.#settler.close()
  }

  /** Gives back all that is here. */
  shut(): void {
    this.#isClosed = true
    for (const receiver of this.#receivers) receiver.shut()
    this.#handout.close()
    this.#leases.close()
  }

  decode(message: BrokerMessage): { body: T } | undefined {
    try {
      return { body: this.#settings.codec.decode(message.stored.body) }
    } catch (error) {
      this.bury(message, `its body does not decode: ${String(error)}`)
      return undefined
    }
  }

  lease(message: BrokerMessage): void {
    this.#counters.delivered++
    if (message.held.redelivered || message.failed > 0) this.#counters.redelivered++
    const { deadline } = message.held
    this.#leases.start(message, deadline === undefined ? this.#settings.leaseMs : deadline - this.clock.now())
  }

  ack(message: BrokerMessage): void {
    this.#counters.out.add(1)
    this.#settle(message, { held: message.held, how: 'ack' })
  }

  fail(message: BrokerMessage, reason: string, delayMs: number | undefined): void {
    if (message.failed + 1 >= this.#settings.maxAttempts) return this.bury(message, reason)
    const wait = Math.ceil(delayMs ?? Math.max(0, this.#settings.backoff(message.failed + 1)))
    this.#settle(message, { held: message.held, how: 'retry', delayMs: wait, reason })
  }

  bury(message: BrokerMessage, reason: string): void {
    this.#settle(message, { held: message.held, how: 'dead', reason })
  }

  release(message: BrokerMessage): void {
    this.#settle(message, { held: message.held, how: 'release' })
  }

  async extend(message: BrokerMessage, ms: number): Promise<void> {
    const asked = this.clock.now()
    const { holder } = message
    const [isHeld] = await this.#link.extend([message.held], ms)
    if (isHeld !== true) this.lost([message.held])
    if (isHeld !== true || message.holder !== holder) throw this.#leaseLost(message)
    // From when it was asked for: the broker's lease never ends before ours.
    this.#leases.extend(message, asked + ms - this.clock.now())
  }

  renew(messages: readonly BrokerMessage[]): void {
    const asked = this.clock.now()
    const { leaseMs } = this
    this.#link
      .extend(
        messages.map((message) => message.held),
        leaseMs,
      )
      .then((held) => {
        const now = this.clock.now()
        messages.forEach((message, index) => {
          if (message.holder === undefined) return // it has been settled meanwhile
          if (held[index] === true) this.#leases.extend(message, asked + leaseMs - now)
          else this.lost([message.held])
        })
      })
      .catch(() => undefined) // the broker is away: leases end as they would have, unless it is back in time
  }

  async durable(message?: BrokerMessage): Promise<void> {
    await (message === undefined ? this.#settler.durable() : this.#settler.lastDurable())
    if (message?.isLost === true) throw message.failure ?? this.#leaseLost(message)
  }

  wasLost(message: BrokerMessage): boolean {
    return message.isLost
  }

  failureOf(message: BrokerMessage): unknown {
    return message.failure
  }

  book(): void {
    this.#handout.book()
  }

  left(receiver: QueueReceiver<T, BrokerMessage>): void {
    this.#receivers.delete(receiver)
    this.#handout.remove(receiver)
  }

  #settle(message: BrokerMessage, settlement: Settlement): void {
    this.#leases.end(message)
    this.#settler.add(message, settlement)
  }

  /** A delivery has ended at the broker, or had ended there before. */
  #settled(message: BrokerMessage, settlement: Settlement, isHeld: boolean): void {
    const { id, bytes } = message.stored
    const isOwn = this.#own.delete(message.held)
    if (settlement.how === 'retry' || settlement.how === 'dead') this.#counters.failed++
    if (!isOwn || !isHeld) return this.#fates.stale()
    if (settlement.how === 'ack') {
      this.#counters.acked++
      this.#gauges.gone(1, bytes)
      this.#fates.freed(1, bytes)
      this.#fates.ended({ id, end: 'acked' })
    } else if (settlement.how === 'release') this.#gauges.delivered(-1)
    else if (settlement.how === 'retry') this.#gauges.delay()
    else if (settlement.how === 'dead') {
      this.#counters.deadLettered++
      this.#gauges.bury(1)
      this.#fates.ended({ id, end: 'dead', reason: settlement.reason })
    }
  }

  #expired(messages: readonly BrokerMessage[]): void {
    for (const message of messages) {
      message.holder?.expired()
      this.fail(message, 'the lease ended before the work did', 0)
    }
    this.#handout.book()
  }

  #leaseLost({ stored, failed }: BrokerMessage): ForebayError {
    return new ForebayError('FOREBAY_LEASE_LOST', `the lease of message ${stored.id}, attempt ${failed + 1}, has ended`)
  }
}
