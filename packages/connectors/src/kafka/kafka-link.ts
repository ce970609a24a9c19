import type { ForebayError } from 'forebay'
import {
  afterFailure,
  type BrokerLink,
  type Depth,
  type Held,
  type LinkEvents,
  type MessageState,
  type Outgoing,
  type PutStatus,
  type Settings,
  type Settlement,
  type StoredMessage,
} from 'forebay/queue'
import type { BrokerHealth } from './broker-health.ts'
import { Browser } from './browser.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { spotOf } from './lane.ts'
import { movedParcel, outgoingParcel, type Parcel } from './message-format.ts'
import { MessageLimit } from './message-limit.ts'
import { ProducerLine, type Shipment } from './producer-line.ts'
import { Subscription } from './subscription.ts'
import { depthOf, restOf, survey } from './survey.ts'
import { laterPartition, type TopicNames } from './topic-names.ts'

/** Offsets that have ended until the broker is told to forget them; what is left is forgotten on close. */
const TRIM_EVERY = 1000

/** What a link is made of. */
export interface KafkaLinkOptions {
  readonly cluster: KafkaCluster
  readonly health: BrokerHealth
  readonly names: TopicNames
  /** Of the main topic. */
  readonly partitions: number
  /** What its topics take as one batch. */
  readonly maxMessageBytes: number
  readonly settings: Settings<unknown>
  readonly events: LinkEvents
}

/** One queue in Kafka as one client sees it. */
export class KafkaLink implements BrokerLink {
  readonly #cluster: KafkaCluster
  readonly #health: BrokerHealth
  readonly #names: TopicNames
  readonly #partitions: number
  readonly #limit: MessageLimit
  readonly #puts: ProducerLine
  readonly #moves: ProducerLine
  readonly #subscription: Subscription
  readonly #browser: Browser
  readonly #stopListening: () => void
  /** A put and settlements that were not answered: the same are asked for again. */
  #doubtfulPut: { readonly items: readonly Outgoing[]; readonly shipment: Shipment } | undefined
  #doubtful:
    | { readonly settlements: readonly Settlement[]; readonly isHeld: readonly boolean[]; readonly shipment: Shipment }
    | undefined
  #turn = 0
  #trimming: Promise<void> | undefined

  constructor(options: KafkaLinkOptions) {
    const { cluster, health, names, settings, events } = options
    this.#cluster = cluster
    this.#health = health
    this.#names = names
    this.#partitions = options.partitions
    this.#turn = Math.floor(settings.random.next() * options.partitions)
    const topics = [names.main, names.later, names.dead]
    const ask = (): Promise<number | undefined> => cluster.maxMessageBytes(topics)
    this.#limit = new MessageLimit(settings.name, options.maxMessageBytes, ask)
    this.#puts = new ProducerLine(cluster, this.#limit)
    this.#moves = new ProducerLine(cluster, this.#limit)
    const { clock, leaseMs } = settings
    const subscription = (this.#subscription = new Subscription({ cluster, health, names, leaseMs, clock, events }))
    const partition = (): number => this.#nextPartition()
    this.#browser = new Browser({ cluster, names, subscription, producers: this.#moves, partition })
    this.#stopListening = health.listen({
      away: (message) => events.pause('broker', message),
      back: () => {
        events.resume()
        subscription.book()
      },
    })
    if (health.isAway) events.pause('broker', 'no broker answers')
  }

  refuses(item: Outgoing): ForebayError | undefined {
    return this.#limit.refuses(item)
  }

  async put(items: readonly Outgoing[]): Promise<readonly PutStatus[]> {
    this.#health.check()
    if (this.#doubtfulPut?.items !== items) {
      const now = Date.now()
      const parcels = items.map((item) => outgoingParcel(item, this.#target(item.delayMs, now), now))
      this.#doubtfulPut = { items, shipment: { parcels, confirmed: 0 } }
    }
    await this.#asked(this.#puts.send(this.#doubtfulPut.shipment))
    this.#doubtfulPut = undefined
    return items.map(() => 'stored')
  }

  want(now: number, window: number): void {
    this.#subscription.want(now, window)
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly boolean[]> {
    this.#health.check()
    if (this.#doubtful?.settlements !== settlements) {
      const isHeld = settlements.map(({ held }) => this.#subscription.isOut(held))
      const parcels = settlements.flatMap((settlement, index) =>
        isHeld[index] === true ? this.#copies(settlement) : [],
      )
      this.#doubtful = { settlements, isHeld, shipment: { parcels, confirmed: 0 } }
    }
    const { isHeld, shipment } = this.#doubtful
    await this.#asked(this.#moves.send(shipment))
    for (const { held, how } of settlements) {
      if (how === 'release') this.#subscription.giveBack(held)
      else spotOf(held).lane.settle(held)
    }
    await this.#subscription.commit()
    this.#doubtful = undefined
    this.#trim(TRIM_EVERY)
    this.#subscription.book()
    return settlements.map(({ held }, index) => isHeld[index] === true && !spotOf(held).lane.isOver)
  }

  async extend(messages: readonly Held[]): Promise<readonly boolean[]> {
    // The broker knows no leases: the client's own timer is all there is to move.
    return messages.map((held) => this.#subscription.isOut(held))
  }

  async depth(): Promise<Depth> {
    return depthOf(await this.#asked(survey(this.#cluster, this.#names, this.#subscription.lanes)), this.#names)
  }

  peek(max: number, state: MessageState): Promise<readonly StoredMessage[]> {
    return this.#asked(this.#browser.peek(max, state))
  }

  redrive(max: number, accept: (message: StoredMessage) => boolean): Promise<number> {
    return this.#asked(this.#browser.redrive(max, accept))
  }

  purge(state: 'ready' | 'dead'): Promise<number> {
    return this.#asked(state === 'dead' ? this.#browser.purge() : this.#purgeReady())
  }

  async close(): Promise<void> {
    this.#stopListening()
    if (!this.#health.isAway) {
      await this.#subscription.commit().catch(() => undefined) // what has expired: it would again
      await this.#trimming
      this.#trim(1)
      await this.#trimming
    }
    await this.#subscription.close()
    await Promise.all([this.#puts.close(), this.#moves.close(), this.#browser.close()])
  }

  #nextPartition(): number {
    return this.#turn++ % this.#partitions
  }

  #target(delayMs: number, now: number): { topic: string; partition: number; due: number } {
    if (delayMs <= 0) return { topic: this.#names.main, partition: this.#nextPartition(), due: 0 }
    return { topic: this.#names.later, partition: laterPartition(delayMs), due: now + delayMs }
  }

  /** What goes elsewhere when a delivery ends in this way. */
  #copies(settlement: Settlement): Parcel[] {
    if (!('reason' in settlement)) return []
    const now = Date.now()
    const { stored } = settlement.held
    const failed = afterFailure(stored, stored.failed + 1, now, settlement.reason)
    if (settlement.how === 'dead') return [movedParcel(failed, { topic: this.#names.dead, partition: 0, due: 0 })]
    const { delayMs } = settlement
    const partition = laterPartition(delayMs)
    return [movedParcel(failed, { topic: this.#names.later, partition, due: now + delayMs })]
  }

  async #purgeReady(): Promise<number> {
    const goOn = this.#subscription.holdBack()
    try {
      const stretches = await survey(this.#cluster, this.#names, this.#subscription.lanes)
      const ready = stretches.filter(({ topic }) => topic !== this.#names.dead)
      let purged = 0
      for (const stretch of ready) purged += stretch.lane?.purge(stretch.end) ?? restOf(stretch)
      await this.#subscription.commit()
      const slices = ready.map(({ topic, partition, settled, end, lane }) => {
        // What is out with us stays at the broker, and so does all behind it.
        return { topic, partition, from: lane === undefined ? end : settled.watermark }
      })
      await this.#cluster.forget(slices)
      return purged
    } finally {
      goOn()
    }
  }

  /** Lets the broker forget what has ended, where that is at least so much. */
  #trim(least: number): void {
    const lanes = this.#subscription.lanes.filter((lane) => lane.settled.watermark - lane.trimmed >= least)
    if (lanes.length === 0 || this.#trimming !== undefined) return
    const slices = lanes.map(({ topic, partition, settled }) => ({ topic, partition, from: settled.watermark }))
    this.#trimming = this.#cluster
      .forget(slices)
      .then(() => lanes.forEach((lane, index) => (lane.trimmed = slices[index]?.from ?? lane.trimmed)))
      .catch(() => undefined) // with the next one
      .finally(() => (this.#trimming = undefined))
  }

  async #asked<R>(answer: Promise<R>): Promise<R> {
    try {
      return await answer
    } catch (error) {
      this.#health.suspect()
      throw error
    }
  }
}
