import { ForebayError } from 'forebay'
import type { Producer } from '@platformatic/kafka'
import type { KafkaCluster } from './kafka-cluster.ts'
import { closed, has, messageOf, unavailable } from './kafka-errors.ts'
import { parcelBytes, type Parcel } from './message-format.ts'
import type { MessageLimit } from './message-limit.ts'

const ALL_REPLICAS = -1

/** Parcels of one call, and how many of them the broker has confirmed. */
export interface Shipment {
  readonly parcels: readonly Parcel[]
  confirmed: number
}

/**
 * Sends one batch after the other, each confirmed by all replicas before the next: the order stays, and a batch that the
 * driver sends again is stored once. After a failure the producer is a new one, since the numbers that the old one gave
 * its batches are in doubt: a shipment that goes on then may be stored twice, never lost.
 */
export class ProducerLine {
  readonly #cluster: KafkaCluster
  readonly #limit: MessageLimit
  #producer: Producer | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(cluster: KafkaCluster, limit: MessageLimit) {
    this.#cluster = cluster
    this.#limit = limit
  }

  /** Sends what of a shipment is not confirmed. */
  send(shipment: Shipment): Promise<void> {
    const sent = this.#last.then(() => this.#send(shipment))
    this.#last = sent.catch(() => undefined)
    return sent
  }

  async close(): Promise<void> {
    if (this.#producer !== undefined) await closed(this.#producer.close(true))
  }

  async #send(shipment: Shipment): Promise<void> {
    const { parcels } = shipment
    while (shipment.confirmed < parcels.length) {
      const to = endOfBatch(parcels, shipment.confirmed, this.#limit.batchBytes)
      const messages = parcels.slice(shipment.confirmed, to)
      const producer = (this.#producer ??= this.#newProducer())
      try {
        await producer.send({ messages, acks: ALL_REPLICAS })
      } catch (error) {
        this.#producer = undefined
        void closed(producer.close(true))
        const isTooLarge = has(error, 'MESSAGE_TOO_LARGE') || has(error, 'RECORD_LIST_TOO_LARGE')
        // Somebody has set it lower: smaller batches may do.
        if (isTooLarge && !(await this.#limit.hasChanged()))
          throw new ForebayError('FOREBAY_TOO_LARGE', `kafka: ${messageOf(error)}`, { cause: error })
        throw unavailable(messageOf(error), error)
      }
      shipment.confirmed = to
    }
  }

  #newProducer(): Producer {
    const producer = new this.#cluster.driver.Producer({ ...this.#cluster.client('put'), idempotent: true })
    producer.on('error', () => undefined) // who sends hears of it
    return producer
  }
}

function endOfBatch(parcels: readonly Parcel[], from: number, most: number): number {
  let bytes = 0
  for (let at = from; at < parcels.length; at++) {
    bytes += parcelBytes(parcels[at] as Parcel)
    if (bytes > most && at > from) return at
  }
  return parcels.length
}
