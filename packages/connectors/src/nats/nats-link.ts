import type { ForebayError } from 'forebay'
import {
  afterFailure,
  type BrokerLink,
  type Depth,
  type Held,
  type MessageState,
  type Outgoing,
  type PutStatus,
  type Settlement,
  type StoredMessage,
} from 'forebay/queue'
import { AskingLink, type AskingLinkOptions } from '../asking-link.ts'
import type { Taken } from '../asking-taker.ts'
import type { NatsConnection } from './nats-connection.ts'
import { fateOf, NatsDeliveries } from './nats-deliveries.ts'
import { NatsFates } from './nats-fates.ts'
import { NatsLeases, type Tag } from './nats-lease.ts'
import { movedHeaders } from './nats-message.ts'
import { deadHeaders } from './nats-payload.ts'
import { NatsPublisher } from './nats-publisher.ts'
import { NatsPuller } from './nats-puller.ts'
import { purgeReady } from './nats-purge.ts'
import { NatsShelf } from './nats-shelf.ts'
import { nanoseconds, type NatsStreams } from './nats-streams.ts'

const ACK = '+ACK'
const NAK = '-NAK'
const PAGE = 50
/** Delayed messages that a client remembers; those behind them count as ready. */
const MOST_LATER = 10_000

/** One queue in JetStream, as one client sees it. */
export class NatsLink extends AskingLink<NatsConnection> implements BrokerLink {
  readonly #streams: NatsStreams
  readonly #publisher: NatsPublisher
  readonly #puller: NatsPuller
  readonly #fates: NatsFates
  readonly #leases: NatsLeases
  readonly #deliveries: NatsDeliveries
  readonly #shelf: NatsShelf
  /** Messages that wait for their time, as far as this client knows, and until when; at most {@link MOST_LATER}. */
  readonly #later = new Map<number, number>()
  #serverId: string

  constructor(options: AskingLinkOptions<NatsConnection> & { streams: NatsStreams; client: string }) {
    super(options)
    const { connection, streams, settings, events } = options
    const { clock } = settings
    const { ackWaitMs } = streams
    this.#streams = streams
    this.#serverId = connection.serverId
    this.#fates = new NatsFates(connection, streams)
    this.#leases = new NatsLeases(connection, clock, ackWaitMs)
    this.#deliveries = new NatsDeliveries({ connection, settings, fates: this.#fates, leases: this.#leases, ackWaitMs })
    this.#shelf = new NatsShelf(connection)
    const isWaiting = settings.overflow === 'drop-newest'
    this.#publisher = new NatsPublisher({
      connection,
      streams,
      client: options.client,
      dropsNewest: isWaiting,
      delayed: (seq, ms) => this.#remember(seq, ms),
    })
    this.#puller = new NatsPuller({
      connection,
      streams,
      clock,
      came: (message) => {
        this.#deliveries.made([message]).then(
          ({ messages, expired, later }) => {
            if (expired.length > 0) events.dropped('expired', expired.length, expired)
            for (const [seq, ms] of later) this.#remember(seq, ms)
            this.taker.came(messages)
          },
          () => undefined, // the connection broke: it comes again
        )
      },
    })
  }

  refuses(item: Outgoing): ForebayError | undefined {
    return this.#publisher.refuses(item)
  }

  async put(items: readonly Outgoing[]): Promise<readonly PutStatus[]> {
    try {
      const statuses = await this.#publisher.put(items)
      this.taker.wake()
      return statuses
    } catch (error) {
      const kind = (error as { kind?: unknown }).kind
      if (kind === 'disk') this.refused('disk', error as Error)
      else if (kind === 'away' && !this.connection.isAway) this.refused('broker', error as Error)
      throw error
    }
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly boolean[]> {
    const held = settlements.map(({ held: { tag } }) => this.#leases.isHeld(tag as Tag))
    const mine = settlements.filter((_, index) => held[index])
    // First what must not be lost, then the word to the server that the delivery has ended.
    await Promise.all(mine.map((settlement) => this.#record(settlement)))
    mine.forEach((settlement, index) => {
      const isLast = index === mine.length - 1
      if (!isLast) this.connection.publish(replyOf(settlement), wordOf(settlement))
    })
    const last = mine.at(-1)
    // The server takes them in order: when it has answered the last it has them all.
    if (last !== undefined) await this.connection.request(replyOf(last), wordOf(last))
    for (const { held: gone } of settlements) this.#leases.delete(gone.tag as Tag)
    for (const settlement of mine) this.#after(settlement)
    return held
  }

  async extend(messages: readonly Held[], ms: number): Promise<readonly boolean[]> {
    const held = messages.map(({ tag }) => this.#leases.extend(tag as Tag, ms))
    await this.connection.api('INFO') // all of it has arrived by then
    return held
  }

  async depth(): Promise<Depth> {
    const [{ consumer, main }, dead] = await Promise.all([
      this.#streams.held(),
      this.#streams.info(this.#streams.names.deadStream),
    ])
    const { num_pending: fresh, num_ack_pending: waiting } = consumer
    // It counts what was given back with what is out: only our own are known to be that.
    const delayed = Math.min(this.#delayed().length, fresh + waiting)
    const isEmpty = fresh + waiting === 0
    if (isEmpty) await this.#fates.tidy()
    return {
      ready: fresh + waiting - delayed - Math.min(this.#leases.size, fresh + waiting - delayed),
      delayed,
      dead: dead.state.messages,
      bytes: (isEmpty ? 0 : main.state.bytes) + dead.state.bytes,
      oldestMs: isEmpty ? 0 : Math.max(0, this.settings.clock.wall() - Date.parse(main.state.first_ts)),
    }
  }

  async peek(max: number, state: MessageState): Promise<readonly StoredMessage[]> {
    const { stream, subject, deadStream, deadSubject } = this.#streams.names
    if (state === 'dead') return this.#shelf.read(deadStream, deadSubject, { max })
    const delayed = this.#delayed()
    if (state === 'delayed') {
      const found = delayed
        .slice(0, max)
        .map((seq) => this.#shelf.read(stream, subject, { max: 1, from: seq, to: seq }))
      return (await Promise.all(found)).flat()
    }
    const { delivered } = await this.#streams.consumer()
    const later = new Set(delayed)
    return this.#shelf.read(stream, subject, {
      max,
      from: state === 'ready' ? delivered.stream_seq + 1 : 1,
      ...(state !== 'ready' && { to: delivered.stream_seq }),
      accept: ({ seq }) => !later.has(seq),
    })
  }

  async redrive(max: number, accept: (message: StoredMessage) => boolean): Promise<number> {
    const { deadStream, deadSubject } = this.#streams.names
    let count = 0
    for (let from = 1; count < max;) {
      const page = await this.#shelf.read(deadStream, deadSubject, { max: PAGE, from })
      for (const message of page) {
        if (count === max) break
        if (!accept(message)) continue
        if (!(await this.#putBack(message))) return count
        count++
      }
      if (page.length < PAGE) break
      from = (page.at(-1) as StoredMessage).seq + 1
    }
    if (count > 0) this.taker.wake()
    return count
  }

  async purge(state: 'ready' | 'dead'): Promise<number> {
    if (state === 'dead') return this.#streams.purge(this.#streams.names.deadStream)
    const delayed = this.#delayed()
    const [connection, streams, fates, puller] = [this.connection, this.#streams, this.#fates, this.#puller]
    const count = await purgeReady({ connection, streams, fates, puller }, delayed)
    for (const seq of delayed) this.#later.delete(seq)
    return count
  }

  override away(message: string): void {
    this.#puller.forget()
    super.away(message)
  }

  /** Another server may not have our streams, and knows nothing of our leases. */
  protected async mend(): Promise<void> {
    const { serverId } = this.connection
    if (this.#serverId !== serverId && (await this.#streams.mend())) this.events.lost(this.#leases.clear())
    this.#serverId = serverId
  }

  protected leave(): void {
    this.#puller.close()
    this.#leases.close()
  }

  protected async take(most: number): Promise<Taken> {
    const { messages, isDry } = await this.#puller.now(most)
    const made = await this.#deliveries.made(messages)
    // What was given back comes in no order of its own.
    made.messages.sort((a, b) => a.stored.seq - b.stored.seq)
    for (const { stored } of made.messages) this.#later.delete(stored.seq)
    for (const [seq, ms] of made.later) this.#remember(seq, ms)
    if (isDry) this.#puller.watch()
    return { ...made, dueMs: isDry ? Infinity : 0 }
  }

  async #record(settlement: Settlement): Promise<void> {
    const { held, how } = settlement
    const at = this.settings.clock.wall()
    const { seq, hasFate } = held.tag as Tag
    if (how === 'retry') return this.#fates.write(seq, fateOf(held, settlement.reason, at))
    if (how === 'release') return this.#fates.write(seq, fateOf(held, undefined, at))
    if (how === 'dead') {
      const dead = afterFailure(held.stored, held.stored.failed + 1, at, settlement.reason)
      const { deadSubject } = this.#streams.names
      const headers = deadHeaders(dead, `dead ${seq}`, this.connection.maxPayload)
      await this.#publisher.publish(deadSubject, dead.body, headers)
    }
    if (hasFate) await this.#fates.forget(seq)
  }

  #after(settlement: Settlement): void {
    if (settlement.how !== 'retry' || settlement.delayMs === 0) return
    this.#remember((settlement.held.tag as Tag).seq, settlement.delayMs)
  }

  #remember(seq: number, ms: number): void {
    if (this.#later.size < MOST_LATER) this.#later.set(seq, this.settings.clock.now() + ms)
  }

  /** Numbers of the messages that wait to be tried again, as far as we know, the next one first. */
  #delayed(): number[] {
    const now = this.settings.clock.now()
    for (const [seq, due] of this.#later) if (due <= now) this.#later.delete(seq)
    return [...this.#later].toSorted(([, a], [, b]) => a - b).map(([seq]) => seq)
  }

  /** Puts a dead letter back with fresh attempts; `false` when there is no room. */
  async #putBack(message: StoredMessage): Promise<boolean> {
    const { subject, deadStream } = this.#streams.names
    const fresh = { ...message, failed: 0, history: undefined }
    try {
      await this.#publisher.publish(subject, fresh.body, movedHeaders(fresh, `redrive ${message.seq}`))
    } catch (error) {
      if ((error as { kind?: unknown }).kind === 'full') return false
      throw error
    }
    await this.#streams.remove(deadStream, message.seq)
    return true
  }
}

function replyOf({ held }: Settlement): string {
  return (held.tag as Tag).reply
}

function wordOf(settlement: Settlement): string {
  if (settlement.how === 'release') return NAK
  if (settlement.how === 'retry')
    return settlement.delayMs === 0 ? NAK : `${NAK} ${JSON.stringify({ delay: nanoseconds(settlement.delayMs) })}`
  return ACK
}
