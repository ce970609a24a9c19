import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from 'forebay'
import type { Held } from 'forebay/queue'
import type { AsyncMessage, Channel } from 'rabbitmq-client'
import { giveBackAll, giveBackSome } from './give-back.ts'
import { HeldMessages } from './held-messages.ts'
import { SentAcks } from './sent-acks.ts'

/** How long nobody may want anything until what the broker sent ahead goes back to it. */
const IDLE_MS = 5000
/** Most that the protocol lets a consumer have unsettled. */
const MOST_PREFETCH = 65_535
/** How long nothing must have come before the broker is asked whether it has nothing more. */
const SILENCE_MS = 10
/** Silences after which it counts as dry though the broker counts messages: others may be about to take them. */
const MOST_SILENCES = 10

/** What a subscription tells its link. */
export interface SubscriptionHost {
  readonly clock: Clock
  /** The message as we keep it; one that is not good is not delivered, and ended by the host. */
  accept(message: AsyncMessage): { readonly held: Held; readonly isGood: boolean }
  /** Ends a message that became too old while it waited here. */
  drop(held: Held): void
  deliver(messages: Held[]): void
  dry(): void
  /** Messages that are ready at the broker. */
  ready(): Promise<number>
  /** Waits for an answer of the broker, and not for ever. */
  answered<R>(answer: Promise<R>): Promise<R>
}

/**
 * The deliveries of one queue over one channel. The broker pushes as many as may be out at once, and they are handed
 * on only as far as they are wanted; the rest waits here, in order, and so does what is released. What nobody wants
 * for 5 s goes back, so that others get it, and from then on no more is sent ahead than was used in that time, until
 * that is too little: the broker counts how often a message came back, and would bury it in the end.
 *
 * Bounded: broker and we hold at most the window of now and of the subscription before it.
 */
export class Subscription {
  readonly messages: HeldMessages = new HeldMessages()
  readonly acks: SentAcks = new SentAcks()
  readonly #channel: Channel
  readonly #queue: string
  readonly #host: SubscriptionHost
  readonly #lost = new WeakSet<Held>()
  #now = 0
  #window = 0
  /** Somebody wanted messages within the last 5 s. */
  #isWanted = false
  #isHeldBack = false
  /** Most that may be sent ahead, and how many were handed on since the consumer was made. */
  #ahead = MOST_PREFETCH
  #used = 0
  #consumer: { readonly tag: string; readonly prefetch: number } | undefined
  #adjusting: Promise<void> | undefined
  #cancelIdle: (() => void) | undefined
  #cancelSilence: (() => void) | undefined
  #silences = 0
  #isBooked = false
  #isOver = false

  constructor(channel: Channel, queue: string, host: SubscriptionHost) {
    this.#channel = channel
    this.#queue = queue
    this.#host = host
    channel.on('basic.cancel', () => {
      this.#consumer = undefined // the queue was deleted or moved
      void this.#adjust()
    })
  }

  want(now: number, window: number): void {
    this.#now = now
    this.#window = window
    if (now > 0) {
      this.#isWanted = true
      this.#cancelIdle?.()
      this.#cancelIdle = undefined
    }
    if (window === 0) this.#isWanted = false
    this.#silences = 0
    if (!this.#isWanted || !this.#isRight()) void this.#adjust()
    this.#book()
  }

  /** Acknowledges what was out: it is lost if the channel ends before the broker is known to have read that. */
  ack(messages: readonly Held[]): void {
    for (const held of messages) if (this.messages.isOut(held)) this.acks.add(held)
    this.end(messages)
  }

  /** Acknowledges; what is acknowledged from the oldest on without a gap goes in one frame. */
  end(messages: readonly Held[]): void {
    const tags: number[] = []
    for (const held of messages) if (this.messages.remove(held)) tags.push(held.tag as number)
    if (tags.length === 0) return
    const { oldest } = this.messages
    let prefix = 0
    for (const tag of tags) if (tag < oldest) prefix = Math.max(prefix, tag)
    if (prefix > 0) this.#channel.basicAck({ deliveryTag: prefix, multiple: true })
    for (const tag of tags) if (tag > oldest) this.#channel.basicAck({ deliveryTag: tag })
    this.#ended()
  }

  /** These are about to end: they count as out no more, and are acknowledged when their copies are stored. */
  ending(messages: readonly Held[]): void {
    for (const held of messages) this.messages.move(held, 'ending')
    this.#ended()
  }

  /** Back to their place: here while somebody wants messages, else at the broker. */
  release(messages: readonly Held[]): void {
    for (const held of messages) this.messages.move(held, 'parked')
    this.#ended()
  }

  /** Ends all that waits here or is on its way, and then what `rest` ends, before anything more comes. How many. */
  async purge(rest: () => Promise<number>): Promise<number> {
    this.#isHeldBack = true
    try {
      await this.#adjust()
      const parked = this.messages.list(true)
      this.end(parked)
      return parked.length + (await rest())
    } finally {
      this.#isHeldBack = false
      void this.#adjust()
    }
  }

  /** What is to go back has gone. */
  async adjusted(): Promise<void> {
    await this.#adjusting
  }

  /** The channel is gone, and everything with it; returns what was out, also where an ack was sent and perhaps not read. */
  lose(): Held[] {
    this.#isOver = true
    this.#stopTimers()
    const lost = [...this.acks.take(), ...this.messages.list(false)]
    this.messages.clear()
    for (const held of lost) this.#lost.add(held)
    return lost
  }

  /** Its channel ended before it was settled for certain. */
  wasLost(held: Held): boolean {
    return this.#lost.has(held)
  }

  /** Takes no more and gives everything back that is not settled. */
  async close(): Promise<void> {
    this.want(0, 0)
    this.#stopTimers()
    await this.#adjusting
    this.#isOver = true
    giveBackAll(this.#channel, this.messages.tags)
    this.lose()
  }

  #came(message: AsyncMessage): void {
    if (this.#isOver) return
    this.#silences = 0
    const { held, isGood } = this.#host.accept(message)
    this.messages.add(held, isGood ? 'parked' : 'ending')
    this.#book()
  }

  /** There is room for more, or, when nobody wants more, less to wait for. */
  #ended(): void {
    if (!this.#isWanted) void this.#adjust()
    this.#book()
  }

  /** Hands on what is wanted at the end of this turn: what comes until then goes along. */
  #book(): void {
    if (this.#isBooked || this.#isOver) return
    this.#isBooked = true
    queueMicrotask(() => {
      this.#isBooked = false
      if (!this.#isOver) this.#handOn()
    })
  }

  #handOn(): void {
    const { parked, out } = this.messages
    const most = Math.min(this.#now, this.#window - out)
    if (most > 0 && parked > 0) {
      const { messages, old } = this.messages.next(most, Date.now())
      for (const held of old) this.#host.drop(held) // there is another round when they have gone
      for (const held of messages) this.messages.move(held, 'out')
      this.#now -= messages.length
      this.#used += messages.length
      if (messages.length > 0) this.#host.deliver(messages)
    }
    if (this.#now === 0 && this.#isWanted) this.#cancelIdle ??= this.#host.clock.after(IDLE_MS, () => this.#idle())
    else if (this.#isShort()) {
      this.#ahead = Math.min(MOST_PREFETCH, this.#ahead * 4)
      void this.#adjust()
    }
    this.#listenForSilence()
  }

  /** More is wanted than the broker may send. */
  #isShort(): boolean {
    const { parked, size } = this.messages
    return this.#now > 0 && parked === 0 && size >= (this.#consumer?.prefetch ?? Infinity)
  }

  #listenForSilence(): void {
    this.#cancelSilence?.()
    this.#cancelSilence = undefined
    if (this.#now === 0 || this.#silences >= MOST_SILENCES) return
    this.#cancelSilence = this.#host.clock.after(SILENCE_MS, () => void this.#silent())
  }

  async #silent(): Promise<void> {
    const silences = ++this.#silences
    await this.#adjusting
    const ready = await this.#host.ready().catch(() => 0)
    if (this.#isOver || this.#now === 0 || this.#silences !== silences) return
    if (ready > 0 && silences < MOST_SILENCES) this.#listenForSilence()
    else {
      this.#silences = MOST_SILENCES
      this.#host.dry()
    }
  }

  #idle(): void {
    this.#cancelIdle = undefined
    this.#isWanted = false
    if (this.messages.parked > 0) this.#ahead = Math.max(1, this.#used)
    void this.#adjust()
  }

  /** Makes the consumer at the broker what is wanted, one step after the other. */
  async #adjust(): Promise<void> {
    await this.#adjusting
    this.#adjusting ??= this.#adjustAll().finally(() => {
      this.#adjusting = undefined
    })
    await this.#adjusting
  }

  async #adjustAll(): Promise<void> {
    try {
      while (!this.#isOver && !this.#isRight()) await this.#renew()
      if (!this.#isWanted) this.#giveBack()
    } catch {
      // The channel is over, or its queue is gone: its link makes another one.
    }
  }

  get #wanted(): number {
    return this.#isWanted && !this.#isHeldBack ? Math.min(this.#window, this.#ahead, MOST_PREFETCH) : 0
  }

  #isRight(): boolean {
    const prefetch = this.#consumer?.prefetch ?? 0
    // A window that has shrunk a little is kept to by what is handed on.
    return this.#wanted <= prefetch && prefetch <= 4 * this.#wanted
  }

  async #renew(): Promise<void> {
    const old = this.#consumer
    this.#consumer = undefined
    if (old !== undefined) {
      await this.#host.answered(this.#channel.basicCancel(old.tag))
      await turn() // the driver hands on what had come before the answer one turn later
    }
    const prefetch = this.#wanted
    if (prefetch === 0) return
    this.#used = 0
    await this.#host.answered(this.#channel.basicQos({ prefetchCount: prefetch }))
    const consuming = this.#channel.basicConsume({ queue: this.#queue }, (message) => this.#came(message))
    const { consumerTag } = await this.#host.answered(consuming)
    this.#consumer = { tag: consumerTag, prefetch }
  }

  #giveBack(): void {
    // While the receivers are closing what is out may come back, and belongs in front of what waits here.
    if (this.#isOver || (this.#window === 0 && this.messages.out > 0)) return
    const parked = this.messages.list(true)
    for (const held of parked) this.messages.remove(held)
    const tags = parked.map(({ tag }) => tag as number)
    if (this.messages.size === 0) giveBackAll(this.#channel, tags)
    else giveBackSome(this.#channel, tags)
  }

  #stopTimers(): void {
    this.#cancelIdle?.()
    this.#cancelSilence?.()
    this.#cancelIdle = this.#cancelSilence = undefined
  }
}
