import type { Clock } from 'forebay'
import type { Held } from 'forebay/queue'
import type { NatsConnection } from './nats-connection.ts'

const IN_PROGRESS = '+WPI'

/** What is needed to settle a delivery. */
export interface Tag {
  /** The subject that it is acknowledged to. */
  readonly reply: string
  readonly seq: number
  /** How often it has been delivered. */
  readonly count: number
  /** Attempts that had failed, and whether there is a word on them. */
  readonly hasFate: boolean
  /** When our lease ends, on the clock, ms. */
  deadline: number
  /** When the server gives it to somebody else, ms. */
  serverEnd: number
}

/**
 * The deliveries that are with this client. The server waits the same time for all of a queue; where a lease is longer than
 * that it is told that the work goes on.
 *
 * Bounded by what the queue wants.
 */
export class NatsLeases {
  readonly #connection: NatsConnection
  readonly #clock: Clock
  readonly #ackWaitMs: number
  readonly #tags = new Map<Tag, Held>()
  #cancel: (() => void) | undefined

  constructor(connection: NatsConnection, clock: Clock, ackWaitMs: number) {
    this.#connection = connection
    this.#clock = clock
    this.#ackWaitMs = ackWaitMs
  }

  /** Deliveries that are out. */
  get size(): number {
    return this.#tags.size
  }

  add(tag: Tag, held: Held): void {
    this.#tags.set(tag, held)
    this.#renewLater()
  }

  /** Forgets all of them. */
  clear(): Held[] {
    const held = [...this.#tags.values()]
    this.#tags.clear()
    return held
  }

  delete(tag: Tag): void {
    this.#tags.delete(tag)
  }

  /** Whether it is still ours, as far as time tells: the server says nothing about it. */
  isHeld(tag: Tag): boolean {
    return this.#tags.has(tag) && this.#clock.now() < tag.serverEnd
  }

  /** Moves the end of a lease; the server hears of it with the next `flush`. */
  extend(tag: Tag, ms: number): boolean {
    if (!this.isHeld(tag)) return false
    tag.deadline = this.#clock.now() + ms
    this.#renew(tag)
    this.#renewLater()
    return true
  }

  close(): void {
    this.#cancel?.()
    this.#tags.clear()
  }

  #renew(tag: Tag): void {
    tag.serverEnd = this.#clock.now() + this.#ackWaitMs
    this.#connection.publish(tag.reply, IN_PROGRESS)
  }

  /** One timer, while there is something whose lease ends later than the server would wait. */
  #renewLater(): void {
    if (this.#cancel !== undefined) return
    this.#cancel = this.#clock.after(this.#ackWaitMs / 3, () => {
      this.#cancel = undefined
      const now = this.#clock.now()
      for (const tag of this.#tags.keys())
        if (!this.#connection.isAway && now < tag.serverEnd && tag.deadline > tag.serverEnd) this.#renew(tag)
      if (this.#tags.size > 0) this.#renewLater()
    })
  }
}
