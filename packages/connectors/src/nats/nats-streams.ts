import type { Settings, StoreReport } from 'forebay/queue'
import type { NatsConnection } from './nats-connection.ts'
import { NatsFailure } from './nats-failure.ts'
import type { NatsNames } from './nats-names.ts'

/** What a message may take in the stream beyond what the queue counts for it: its subject and the names of headers. */
const FRAME = 256
/** The server ends leases this much later than we do, so that a message is never with two because of a slow network: ms. */
const LEASE_SLACK_MS = 1000
/** Puts whose answer was lost are recognised for this long where nobody asks for ids to be, ms. */
const REPEAT_MS = 120_000

interface StreamInfo {
  readonly config: StreamConfig
  readonly state: {
    readonly messages: number
    readonly bytes: number
    readonly first_seq: number
    readonly last_seq: number
    readonly first_ts: string
  }
}

interface StreamConfig {
  readonly max_msgs: number
  readonly max_bytes: number
  readonly duplicate_window: number
}

interface ConsumerInfo {
  readonly created: string
  readonly config: { readonly ack_wait: number }
  readonly num_pending: number
  readonly num_ack_pending: number
  readonly delivered: { readonly stream_seq: number }
  readonly ack_floor: { readonly stream_seq: number }
}

/** The streams and the consumer of one queue. */
export class NatsStreams {
  readonly #connection: NatsConnection
  readonly names: NatsNames
  /** How long the server waits for the end of a delivery, ms. */
  ackWaitMs = 0
  #created = ''
  #excess = 0

  constructor(connection: NatsConnection, names: NatsNames) {
    this.#connection = connection
    this.names = names
  }

  /** Makes what is not there yet; what is there stays as it is, and is reported when it differs. */
  async open(settings: Settings<unknown>, report: (report: StoreReport) => void): Promise<void> {
    const { stream, subject, deadStream, deadSubject, fateStream, fateSubject, consumer } = this.names
    const { maxItems, maxBytes, dedupe, leaseMs, name } = settings
    const wanted = {
      max_msgs: maxItems,
      max_bytes: maxBytes + FRAME * maxItems,
      duplicate_window: nanoseconds(dedupe?.withinMs ?? REPEAT_MS),
    }
    const common = { storage: 'file', num_replicas: 1, allow_direct: true }
    const config = { ...common, ...wanted, subjects: [subject], retention: 'workqueue', discard: 'new' }
    const found = await this.#ensure(stream, config).catch((error: unknown) => {
      // The server sets max_bytes aside on its disk. Without it the clients alone count bytes, which is reported below.
      if (!isUnpaid(error)) throw error
      return this.#ensure(stream, { ...config, max_bytes: -1 })
    })
    const differs = (Object.keys(wanted) as (keyof StreamConfig)[]).filter((key) => found.config[key] !== wanted[key])
    if (differs.length > 0) {
      const told = differs.map((key) => `${key} ${found.config[key]}, not ${wanted[key]}`).join('; ')
      report({ kind: 'other-bounds', message: `queue ${name} is kept with ${told}` })
    }
    await this.#ensure(deadStream, { ...common, subjects: [deadSubject], retention: 'limits' })
    await this.#ensure(fateStream, {
      ...common,
      subjects: [`${fateSubject}.*`],
      retention: 'limits',
      max_msgs_per_subject: 1,
    })
    this.ackWaitMs = await this.#ensureConsumer(consumer, leaseMs + LEASE_SLACK_MS)
    await this.#mendQuiet()
  }

  /**
   * After a server was killed its consumer may believe to have settled what is still in the stream, or to wait for what is
   * not: such messages would never come again. Then it is made anew, once for all clients, and offers everything there is.
   * Returns whether that was done: leases of before are lost then.
   */
  async mend(): Promise<boolean> {
    const consumer = await this.consumer()
    if (consumer.created === this.#created) {
      if (isWhole(consumer, await this.info(this.names.stream))) return false
      await this.#makeAnew()
    } else this.#created = consumer.created // somebody else did
    return true
  }

  info(stream: string): Promise<StreamInfo> {
    return this.#connection.api<StreamInfo>(`STREAM.INFO.${stream}`)
  }

  consumer(): Promise<ConsumerInfo> {
    return this.#connection.api<ConsumerInfo>(`CONSUMER.INFO.${this.names.stream}.${this.names.consumer}`)
  }

  /** Removes all messages of a stream, those of a subject (`filter`) or those before one (`seq`). Returns how many. */
  async purge(stream: string, which: { readonly filter?: string; readonly seq?: number } = {}): Promise<number> {
    const { purged } = await this.#connection.api<{ purged: number }>(`STREAM.PURGE.${stream}`, which)
    return purged
  }

  /**
   * What the queue holds, as the consumer sees it. A server that was killed may count, or keep, messages of the stream that
   * have been acknowledged: what stays too many from one look to the next is removed, up to where all is acknowledged.
   */
  async held(): Promise<{ consumer: ConsumerInfo; main: StreamInfo }> {
    const [consumer, main] = await Promise.all([this.consumer(), this.info(this.names.stream)])
    const excess = main.state.messages - consumer.num_pending - consumer.num_ack_pending
    const floor = consumer.ack_floor.stream_seq
    const isStuck = excess > 0 && excess === this.#excess && floor >= main.state.first_seq
    if (isStuck) await this.purge(this.names.stream, { seq: floor + 1 })
    this.#excess = excess
    return { consumer, main }
  }

  /** Removes one message; `false` when it is not there. */
  async remove(stream: string, seq: number): Promise<boolean> {
    try {
      await this.#connection.api(`STREAM.MSG.DELETE.${stream}`, { seq, no_erase: true })
      return true
    } catch (error) {
      // It says 400 or 500, and in words that it has no such message.
      if (error instanceof NatsFailure && /no message found|sequence|not found|store EOF/.test(error.message))
        return false
      throw error
    }
  }

  /** The same for whoever comes when nobody works: figures that differ and stay as they are. */
  async #mendQuiet(): Promise<void> {
    let before = ''
    for (let look = 0; look < 3; look++) {
      const [consumer, { state }] = [await this.consumer(), await this.info(this.names.stream)]
      const now = JSON.stringify([consumer.num_pending, consumer.num_ack_pending, consumer.delivered, state.messages])
      if (isWhole(consumer, { state }) || (look > 0 && now !== before)) return
      before = now
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await this.#makeAnew()
  }

  async #makeAnew(): Promise<void> {
    const { stream, consumer } = this.names
    await this.#connection.api(`CONSUMER.DELETE.${stream}.${consumer}`)
    this.ackWaitMs = await this.#ensureConsumer(consumer, this.ackWaitMs)
  }

  async #ensure(stream: string, config: object): Promise<StreamInfo> {
    try {
      return await this.info(stream)
    } catch (error) {
      if (!(error instanceof NatsFailure) || error.kind !== 'missing') throw error
    }
    try {
      return await this.#connection.api<StreamInfo>(`STREAM.CREATE.${stream}`, { name: stream, ...config })
    } catch (error) {
      // Somebody else may have made it at this moment, with bounds of their own.
      const made = await this.info(stream).catch(() => undefined)
      if (made !== undefined) return made
      throw error
    }
  }

  async #ensureConsumer(consumer: string, ackWaitMs: number): Promise<number> {
    const { stream } = this.names
    const existing = await this.consumer().catch((error: unknown) => {
      if (error instanceof NatsFailure && error.kind === 'missing') return undefined
      throw error
    })
    if (existing !== undefined) return this.#take(existing)
    const config = {
      durable_name: consumer,
      deliver_policy: 'all',
      ack_policy: 'explicit',
      ack_wait: nanoseconds(ackWaitMs),
      // Those that wait to be tried again count here; the queue's bound is theirs.
      max_ack_pending: -1,
      max_deliver: -1,
      replay_policy: 'instant',
    }
    const made = await this.#connection
      .api<ConsumerInfo>(`CONSUMER.DURABLE.CREATE.${stream}.${consumer}`, { stream_name: stream, config })
      .catch(() => this.consumer()) // somebody else made it with a lease of their own
    return this.#take(made)
  }

  #take({ created, config }: ConsumerInfo): number {
    this.#created = created
    return config.ack_wait / 1e6
  }
}

/** Whether every message of a stream is one that will be delivered, or is out. */
function isWhole({ num_pending, num_ack_pending }: ConsumerInfo, { state }: Pick<StreamInfo, 'state'>): boolean {
  return state.messages === num_pending + num_ack_pending
}

/** The server has less left on its disk than the stream may come to have. */
function isUnpaid(error: unknown): boolean {
  return error instanceof NatsFailure && error.message.includes('insufficient storage')
}

export function nanoseconds(ms: number): number {
  return Math.ceil(ms) * 1_000_000
}
