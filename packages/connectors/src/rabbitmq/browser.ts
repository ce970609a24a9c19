import type { StoredMessage } from 'forebay/queue'
import type { SyncMessage } from 'rabbitmq-client'
import type { Attachment } from './attachment.ts'
import { giveBackAll } from './give-back.ts'
import { movedParcel, storedMessage } from './message-format.ts'
import { closeChannel, messageOf, unavailable, type RabbitConnection } from './rabbit-connection.ts'

/** Dead letters that one redrive may pass over: they are held back from others while it runs. */
const MOST_PASSED = 10_000

/** What is to go back, where to, and who is told of dead letters that were not looked at. */
interface Redrive {
  readonly to: string
  readonly target: Pick<Attachment, 'publish'>
  readonly max: number
  readonly accept: (message: StoredMessage) => boolean
  readonly unvisited: (letters: number) => void
}

/** Looks at messages of a queue: they are taken for the moment and given back, at their place. */
export class Browser {
  readonly #connection: RabbitConnection
  readonly #mostPassed: number

  constructor(connection: RabbitConnection, mostPassed: number = MOST_PASSED) {
    this.#connection = connection
    this.#mostPassed = mostPassed
  }

  /** Up to `max` messages, oldest first, each with the time when it is due. */
  peek(queue: string, max: number): Promise<{ stored: StoredMessage; due: number }[]> {
    return this.#taking(queue, async (next) => {
      const found: { stored: StoredMessage; due: number }[] = []
      while (found.length < max) {
        const message = await next()
        if (message === undefined) break
        found.push(storedMessage(message, message.deliveryTag, Date.now()))
      }
      return found
    })
  }

  /** Moves up to `max` messages that `accept` takes into the queue `to`, attempts forgotten, never to expire; each is there before it goes here. */
  redrive(queue: string, options: Redrive): Promise<number> {
    return this.#taking(queue, async (next, ack, count) => {
      let moved = 0
      for (let passed = 0; moved < options.max;) {
        if (passed === this.#mostPassed) {
          const left = await count()
          if (left > 0) options.unvisited(left)
          break
        }
        const message = await next()
        if (message === undefined) break
        const { stored } = storedMessage(message, message.deliveryTag, Date.now())
        if (!options.accept(stored)) {
          passed++
          continue
        }
        const fresh = { ...stored, failed: 0, history: undefined, expiresAt: 0 }
        const [isStored] = await options.target.publish([movedParcel(fresh, options.to, 0)])
        if (isStored !== true) break // no room: the rest stays where it is
        ack(message)
        moved++
      }
      return moved
    })
  }

  /** What was taken and not acknowledged goes back with the channel, also when that breaks. */
  async #taking<R>(
    queue: string,
    work: (
      next: () => Promise<SyncMessage | undefined>,
      ack: (message: SyncMessage) => void,
      /** What has not been taken. */
      count: () => Promise<number>,
    ) => Promise<R>,
  ): Promise<R> {
    const channel = await this.#connection.channel()
    const taken = new Set<number>() // at most what is read, or passed over
    const answered = async <A>(answer: Promise<A>): Promise<A> => {
      try {
        return await answer
      } catch (error) {
        throw unavailable(`cannot read ${queue}: ${messageOf(error)}`, error)
      }
    }
    const next = async (): Promise<SyncMessage | undefined> => {
      const message = await answered(channel.basicGet({ queue }))
      if (message !== undefined) taken.add(message.deliveryTag)
      return message
    }
    const ack = ({ deliveryTag }: SyncMessage): void => {
      channel.basicAck({ deliveryTag })
      taken.delete(deliveryTag)
    }
    const count = async (): Promise<number> =>
      (await answered(channel.queueDeclare({ queue, passive: true }))).messageCount
    try {
      return await work(next, ack, count)
    } finally {
      giveBackAll(channel, [...taken])
      await closeChannel(channel)
    }
  }
}
