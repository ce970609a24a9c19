import type { Clock } from 'forebay'
import type { Msg, NatsConnection, Subscription } from './nats-connection.ts'
import { nanoseconds, type NatsStreams } from './nats-streams.ts'

/** Bytes in one answer. */
const MAX_BYTES = 8 * 1024 * 1024
/** An answer that does not come is given up after this, ms. */
const ANSWER_MS = 5000
/** How long the server keeps a pull that waits, ms. */
const WATCH_MS = 30_000

/** There is nothing, or there was less than was asked for. */
const NOTHING_MORE = new Set([404, 408])

/** What was there; `isDry` when there is nothing more. */
export interface Pulled {
  readonly messages: Msg[]
  readonly isDry: boolean
}

/** One pull that is under way. */
interface Pull {
  readonly name: string
  missing: number
  readonly messages: Msg[]
  readonly done: (isDry: boolean) => void
}

/**
 * Pulls messages: `now` takes what is there, and `watch` leaves word for one message that comes later. Deliveries come under
 * the subject of their stream, so each way has an inbox of its own, and nothing that was delivered is ever without somebody
 * who hears it.
 */
export class NatsPuller {
  readonly #connection: NatsConnection
  readonly #streams: NatsStreams
  readonly #clock: Clock
  readonly #came: (message: Msg) => void
  readonly #inbox: string
  readonly #subscriptions: readonly Subscription[]
  #pulling: Pull | undefined
  #last: Promise<unknown> = Promise.resolve()
  #calls = 0
  #watchedAt = -Infinity
  #isLarge = false

  /** `came` hears of the message that `watch` waited for. */
  constructor(options: {
    connection: NatsConnection
    streams: NatsStreams
    clock: Clock
    came: (message: Msg) => void
  }) {
    this.#connection = options.connection
    this.#streams = options.streams
    this.#clock = options.clock
    this.#came = options.came
    this.#inbox = options.connection.inbox()
    this.#subscriptions = [
      options.connection.subscribe(`${this.#inbox}.now.*`, (message) => this.#pulled(message)),
      options.connection.subscribe(`${this.#inbox}.watch.*`, (message) => this.#watched(message)),
    ]
  }

  /** Up to `most` messages that are there; nothing while the server is away. Calls wait for each other. */
  now(most: number): Promise<Pulled> {
    const pulled = this.#last.then(() => this.#now(most))
    this.#last = pulled
    return pulled
  }

  /** Hears of the next message that comes, for a while; only one may come before it is asked for again. */
  watch(): void {
    const now = this.#clock.now()
    if (now - this.#watchedAt < WATCH_MS) return
    this.#watchedAt = now
    this.#pull({ batch: 1, expires: nanoseconds(WATCH_MS) }, `${this.#inbox}.watch.${++this.#calls}`)
  }

  /** The connection broke: the server has forgotten what was asked. */
  forget(): void {
    this.#watchedAt = -Infinity
    this.#pulling?.done(true)
  }

  close(): void {
    this.forget()
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
  }

  #now(most: number): Promise<Pulled> {
    if (this.#connection.isAway) return Promise.resolve({ messages: [], isDry: true })
    const name = `${this.#inbox}.now.${++this.#calls}`
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ANSWER_MS, () => pull.done(true))
      const pull: Pull = {
        name,
        missing: this.#isLarge ? 1 : most,
        messages: [],
        done: (isDry) => {
          cancel()
          this.#pulling = undefined
          this.#isLarge = !isDry && pull.messages.length === 0
          resolve({ messages: pull.messages, isDry })
        },
      }
      this.#pulling = pull
      // A message that is larger than an answer may be comes alone.
      const bound = this.#isLarge ? {} : { max_bytes: MAX_BYTES }
      this.#pull({ batch: pull.missing, no_wait: true, ...bound }, name)
    })
  }

  #pull(request: object, reply: string): void {
    const { stream, consumer } = this.#streams.names
    this.#connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify(request), reply)
  }

  #pulled(message: Msg): void {
    const pull = this.#pulling
    if (!isDelivery(message)) {
      if (pull?.name === message.subject) pull.done(NOTHING_MORE.has(message.headers?.code ?? 0))
    } else if (pull === undefined) this.#came(message) // of a pull that was given up
    else {
      pull.messages.push(message)
      if (--pull.missing === 0) pull.done(false)
    }
  }

  #watched(message: Msg): void {
    this.#watchedAt = -Infinity
    if (isDelivery(message)) this.#came(message)
  }
}

/** A message of the stream, and not a word of the server. */
function isDelivery({ reply }: Msg): boolean {
  return reply?.startsWith('$JS.ACK.') === true
}
