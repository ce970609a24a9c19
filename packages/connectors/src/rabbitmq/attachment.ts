import type { Channel } from 'rabbitmq-client'
import type { Held } from 'forebay/queue'
import type { Parcel } from './message-format.ts'
import { Publisher } from './publisher.ts'
import { closeChannel, unavailable, type Connections, type RabbitConnection } from './rabbit-connection.ts'
import { Subscription, type SubscriptionHost } from './subscription.ts'

/** How long a broker may owe an answer until the channels are given up and made anew; and while it asks for quiet. */
const PATIENCE_MS = 15_000
const QUIET_MS = 60_000

/** What an attachment needs to know and tell. */
export interface AttachmentHost extends Omit<SubscriptionHost, 'ready' | 'answered'> {
  /** The broker asks for quiet: its confirms may take their time. */
  isBlocked(): boolean
  /** A queue of ours has been deleted. */
  missing(): void
  /** It is over by itself; these were out. `isMute`: the broker is there, and owed an answer for too long. */
  broken(lost: Held[], isMute: boolean): void
}

/**
 * The channels of one queue, from the time when both connections are there until one of them breaks. Puts and
 * deliveries have a connection each: a broker that asks for quiet stops reading from those that publish, and must not
 * keep a consumer from acknowledging.
 */
export class Attachment {
  readonly #publisher: Publisher
  readonly #host: AttachmentHost
  readonly subscription: Subscription
  readonly #channels: readonly Channel[]
  /** For questions about queues: they are answered one after the other. */
  readonly #asking: Channel
  readonly #consuming: Channel
  #isOver = false

  private constructor(
    queue: string,
    channels: { publisher: Publisher; publishing: Channel; consuming: Channel; asking: Channel },
    host: AttachmentHost,
  ) {
    this.#publisher = channels.publisher
    this.#host = host
    this.#asking = channels.asking
    this.#consuming = channels.consuming
    this.#channels = [channels.publishing, channels.consuming, channels.asking]
    const { clock, accept, drop, deliver, dry } = host
    this.subscription = new Subscription(channels.consuming, queue, {
      clock,
      accept,
      drop,
      deliver,
      dry,
      ready: () => this.count(queue),
      answered: (answer) => this.#answered(answer, 'consume'),
    })
    for (const channel of this.#channels) {
      channel.once('close', () => this.#end(false))
    }
  }

  static async open(queue: string, connections: Connections, host: AttachmentHost): Promise<Attachment> {
    const opened: Channel[] = []
    const open = async (connection: RabbitConnection): Promise<Channel> => {
      const channel = await connection.channel()
      opened.push(channel)
      return channel
    }
    try {
      const publishing = await open(connections.out)
      const publisher = await Publisher.open(publishing, connections.limit, () => host.missing())
      const channels = {
        publisher,
        publishing,
        consuming: await open(connections.in),
        asking: await open(connections.in),
      }
      return new Attachment(queue, channels, host)
    } catch (error) {
      await Promise.all(opened.map((channel) => closeChannel(channel)))
      throw error
    }
  }

  get isOver(): boolean {
    return this.#isOver || this.#channels.some((channel) => !channel.active)
  }

  /** Stores messages and waits for their confirms; see {@link Publisher}. */
  publish(parcels: readonly Parcel[]): Promise<boolean[]> {
    return this.#answered(this.#publisher.publish(parcels), 'confirm', () => this.#host.isBlocked())
  }

  /** Messages of a queue that are ready. */
  async count(queue: string): Promise<number> {
    return (await this.#answered(this.#asking.queueDeclare({ queue, passive: true }), 'count')).messageCount
  }

  async purge(queue: string): Promise<number> {
    return (await this.#answered(this.#asking.queuePurge({ queue }), 'purge')).messageCount
  }

  /** Resolves when a queue has answered, and not only the broker for it: what it gives goes back to its place. */
  async probe(queue: string): Promise<void> {
    const message = await this.#answered(this.#asking.basicGet({ queue }), 'get')
    if (message !== undefined) this.#asking.basicNack({ deliveryTag: message.deliveryTag, requeue: true })
  }

  /** Resolves when the broker has read everything that was acknowledged: it cancels, in order, a consumer that there is not. */
  async acknowledged(): Promise<void> {
    const { acks } = this.subscription
    const { sent } = acks
    await this.#answered(this.#consuming.basicCancel('none'), 'acknowledge')
    acks.read(sent)
  }

  async close(): Promise<void> {
    if (this.#isOver) return
    await this.subscription.close()
    this.#isOver = true
    await this.#closeChannels()
  }

  /** One of the channels has ended, or the broker does not answer. */
  #end(isMute: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#host.broken(this.subscription.lose(), isMute)
    void this.#closeChannels()
  }

  /** A broker that was killed may owe an answer for ever, on channels that look well. */
  async #answered<R>(answer: Promise<R>, what: string, isBlocked: () => boolean = () => false): Promise<R> {
    const { clock } = this.#host
    let cancel = (): void => {}
    const late = new Promise<never>((_, reject) => {
      const giveUp = (): void => {
        reject(unavailable(`no answer (${what})`, undefined))
        if (!isBlocked()) this.#end(true)
      }
      const look = (): void => {
        if (isBlocked()) cancel = clock.after(QUIET_MS - PATIENCE_MS, giveUp)
        else giveUp()
      }
      cancel = clock.after(PATIENCE_MS, look)
    })
    try {
      return await Promise.race([answer, late])
    } finally {
      cancel()
    }
  }

  async #closeChannels(): Promise<void> {
    await Promise.all(this.#channels.map((channel) => closeChannel(channel)))
  }
}
