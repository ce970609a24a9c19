import { isForebayError } from 'forebay'
import type { Outgoing } from 'forebay/queue'
import { outgoingParcel, type Target } from './message-format.ts'
import type { MessageLimit } from './message-limit.ts'
import type { ProducerLine, Shipment } from './producer-line.ts'

/** Items of one call that the broker has not confirmed yet, in order, and their parcels. */
interface Doubtful {
  readonly call: readonly Outgoing[]
  readonly items: readonly Outgoing[]
  readonly shipment: Shipment
}

/**
 * Puts items. What the broker has confirmed of a call that failed is not sent again, neither when the same call is made
 * again nor, after an error for good, when its items come alone.
 */
export class Puts {
  readonly #producers: ProducerLine
  readonly #limit: MessageLimit
  readonly #target: (item: Outgoing, now: number) => Target
  /** A call that was not answered: the same is asked for again. */
  #doubtful: Doubtful | undefined
  /** Items that are stored although their call was refused for good. They come again alone, the very same objects. */
  readonly #stored = new WeakSet<Outgoing>()

  constructor(
    producers: ProducerLine,
    limit: MessageLimit,
    /** Where an item goes. */
    target: (item: Outgoing, now: number) => Target,
  ) {
    this.#producers = producers
    this.#limit = limit
    this.#target = target
  }

  async put(call: readonly Outgoing[]): Promise<void> {
    if (this.#doubtful?.call !== call) this.#doubtful = this.#begin(call)
    const { items, shipment } = this.#doubtful
    try {
      // Somebody may have set the limit lower since these were let in: better nothing is sent than a part.
      for (const item of items.slice(shipment.confirmed)) {
        const refused = this.#limit.refuses(item)
        if (refused !== undefined) throw refused
      }
      await this.#producers.send(shipment)
    } catch (error) {
      if (!isForebayError(error) || !error.retryable) {
        for (const item of items.slice(0, shipment.confirmed)) this.#stored.add(item)
        this.#doubtful = undefined
      }
      throw error
    }
    this.#doubtful = undefined
  }

  close(): Promise<void> {
    return this.#producers.close()
  }

  #begin(call: readonly Outgoing[]): Doubtful {
    const now = Date.now()
    const items = call.filter((item) => !this.#stored.has(item))
    const parcels = items.map((item) => outgoingParcel(item, this.#target(item, now), now))
    return { call, items, shipment: { parcels, confirmed: 0 } }
  }
}
