import { setImmediate as turn } from 'node:timers/promises'
import type { Channel, ReturnedMessage } from 'rabbitmq-client'
import type { Parcel } from './message-format.ts'
import type { MessageLimit } from './message-limit.ts'
import { messageOf, unavailable } from './rabbit-connection.ts'

/**
 * Puts messages into queues and waits for the broker's confirms, the only signal of it that is always there.
 *
 * Bounded by its callers: what is under way is the window of puts and the settlements of what is out.
 */
export class Publisher {
  readonly #channel: Channel
  readonly #limit: MessageLimit
  /** Messages of calls under way that the broker gave back because their queue is not there. */
  readonly #returned = new Set<string>()
  readonly #onReturned: () => void
  /** How each call under way is given up. */
  readonly #calls = new Set<(error: Error) => void>()

  private constructor(channel: Channel, limit: MessageLimit, onReturned: () => void) {
    this.#channel = channel
    this.#limit = limit
    this.#onReturned = onReturned
    channel.on('basic.return', (message: ReturnedMessage) => {
      if (message.messageId !== undefined) this.#returned.add(message.messageId)
    })
    // The driver forgets a message that it has just written when the channel ends in the same turn.
    channel.once('close', () => {
      for (const giveUp of this.#calls) giveUp(unavailable('the connection broke', undefined))
    })
  }

  static async open(channel: Channel, limit: MessageLimit, onReturned: () => void): Promise<Publisher> {
    await channel.confirmSelect()
    return new Publisher(channel, limit, onReturned)
  }

  /**
   * Resolves when each is confirmed (`true`) or refused because its queue is full (`false`). Throws `FOREBAY_UNAVAILABLE`
   * when that was not to be known: some of them may be stored; and `FOREBAY_TOO_LARGE` when one of them can never be.
   */
  async publish(parcels: readonly Parcel[]): Promise<boolean[]> {
    this.#checkSizes(parcels)
    let giveUp: (error: Error) => void = () => {}
    try {
      const answers = await new Promise<boolean[]>((resolve, reject) => {
        giveUp = reject
        this.#calls.add(reject)
        const confirms = parcels.map(({ envelope, body }) =>
          this.#channel.basicPublish(envelope, body).then(confirmed, (error: unknown) => this.#refused(error)),
        )
        Promise.all(confirms).then(resolve, reject)
      })
      await turn() // the driver tells of what was given back one turn after its confirm
      if (this.#returned.size > 0 && parcels.some(({ envelope }) => this.#returned.has(envelope.messageId as string))) {
        this.#onReturned()
        throw unavailable('the queue is not there any more; it is made again', undefined)
      }
      return answers
    } catch (error) {
      this.#checkSizes(parcels) // what ended the channel may have been one of these
      throw error
    } finally {
      this.#calls.delete(giveUp)
      if (this.#calls.size === 0) this.#returned.clear()
    }
  }

  #checkSizes(parcels: readonly Parcel[]): void {
    for (const { body } of parcels) {
      const refusal = this.#limit.refusal(body)
      if (refusal !== undefined) throw refusal
    }
  }

  #refused(error: unknown): boolean {
    if ((error as { code?: unknown }).code === 'NACK') return false
    this.#limit.learn(error)
    throw unavailable(`not confirmed: ${messageOf(error)}`, error)
  }
}

function confirmed(): boolean {
  return true
}
