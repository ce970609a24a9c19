import type { Channel } from 'rabbitmq-client'
import type { Held } from 'forebay/queue'
import { Publisher } from './publisher.ts'
import { closeChannel, type Connections, type RabbitConnection } from './rabbit-connection.ts'
import { Subscription, type SubscriptionHost } from './subscription.ts'

/** What an attachment needs to know and tell. */
export interface AttachmentHost extends Omit<SubscriptionHost, 'ready'> {
  /** A queue of ours has been deleted. */
  missing(): void
  /** It is over by itself; these were out. */
  broken(lost: Held[]): void
}

/**
 * The channels of one queue, from the time when both connections are there until one of them breaks. Puts and
 * deliveries have a connection each: a broker that asks for quiet stops reading from those that publish, and must not
 * keep a consumer from acknowledging.
 */
export class Attachment {
  readonly publisher: Publisher
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
    this.publisher = channels.publisher
    this.#asking = channels.asking
    this.#consuming = channels.consuming
    this.#channels = [channels.publishing, channels.consuming, channels.asking]
    const { clock, accept, deliver, dry } = host
    this.subscription = new Subscription(channels.consuming, queue, {
      clock,
      accept,
      deliver,
      dry,
      ready: () => this.count(queue),
    })
    for (const channel of this.#channels) {
      channel.once('close', () => {
        if (this.#isOver) return
        this.#isOver = true
        host.broken(this.subscription.lose())
        void this.#closeChannels()
      })
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
      const publisher = await Publisher.open(publishing, () => host.missing())
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

  /** Messages of a queue that are ready. */
  async count(queue: string): Promise<number> {
    return (await this.#asking.queueDeclare({ queue, passive: true })).messageCount
  }

  async purge(queue: string): Promise<number> {
    return (await this.#asking.queuePurge({ queue })).messageCount
  }

  /** Resolves when the broker has read everything that was acknowledged: it cancels, in order, a consumer that there is not. */
  async acknowledged(): Promise<void> {
    await this.#consuming.basicCancel('none')
  }

  async close(): Promise<void> {
    if (this.#isOver) return
    await this.subscription.close()
    this.#isOver = true
    await this.#closeChannels()
  }

  async #closeChannels(): Promise<void> {
    await Promise.all(this.#channels.map((channel) => closeChannel(channel)))
  }
}
