import type { ForebayError } from 'forebay'
import type {
  BrokerLink,
  Depth,
  Held,
  LinkEvents,
  MessageState,
  Outgoing,
  PutStatus,
  Settings,
  Settlement,
  StoredMessage,
  StoreReport,
} from 'forebay/queue'
import type { BrokerHealth } from './broker-health.ts'
import { Browser } from './browser.ts'
import { DeliveryEnds } from './delivery-ends.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { keyPartition } from './key-partition.ts'
import type { Target } from './message-format.ts'
import { MessageLimit } from './message-limit.ts'
import { PartitionCount } from './partition-count.ts'
import { PartitionWatch } from './partition-watch.ts'
import { ProducerLine } from './producer-line.ts'
import { Puts } from './puts.ts'
import { Subscription } from './subscription.ts'
import { depthOf, survey } from './survey.ts'
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
  readonly report: (report: StoreReport) => void
}

/** One queue in Kafka as one client sees it. */
export class KafkaLink implements BrokerLink {
  readonly #cluster: KafkaCluster
  readonly #health: BrokerHealth
  readonly #names: TopicNames
  readonly #count: PartitionCount
  readonly #watch: PartitionWatch
  readonly #limit: MessageLimit
  readonly #puts: Puts
  readonly #moves: ProducerLine
  readonly #subscription: Subscription
  readonly #ends: DeliveryEnds
  readonly #browser: Browser
  readonly #stopListening: () => void
  #turn = 0
  #trimming: Promise<void> | undefined

  constructor(options: KafkaLinkOptions) {
    const { cluster, health, names, settings, events } = options
    this.#cluster = cluster
    this.#health = health
    this.#names = names
    this.#count = new PartitionCount(options.partitions, settings.clock)
    this.#watch = new PartitionWatch(settings.clock, () => void this.#countAnew())
    this.#turn = Math.floor(settings.random.next() * options.partitions)
    const ask = (): Promise<number | undefined> => cluster.maxMessageBytes(names.all)
    this.#limit = new MessageLimit(settings.name, options.maxMessageBytes, ask)
    const target = (item: Outgoing, now: number): Target => this.#target(item, now)
    this.#puts = new Puts(new ProducerLine(cluster, this.#limit), this.#limit, target)
    const producers = (this.#moves = new ProducerLine(cluster, this.#limit))
    const { clock, leaseMs } = settings
    const home = ({ key }: { key: string | undefined }): Target => this.#home(key)
    const bringing = { producers, home, dead: names.dead, report: options.report }
    const subscription = new Subscription({
      cluster,
      health,
      names,
      count: this.#count,
      leaseMs,
      clock,
      events,
      bringing,
    })
    this.#subscription = subscription
    this.#ends = new DeliveryEnds({ names, subscription, producers })
    this.#browser = new Browser({ cluster, names, subscription, producers, home })
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
    this.#watch.used()
    await this.#asked(this.#puts.put(items))
    return items.map(() => 'stored')
  }

  want(now: number, window: number): void {
    this.#watch.consumed(window > 0)
    this.#subscription.want(now, window)
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly boolean[]> {
    this.#health.check()
    const isHeld = await this.#asked(this.#ends.settle(settlements))
    this.#trim(TRIM_EVERY)
    this.#subscription.book()
    return isHeld
  }

  async extend(messages: readonly Held[]): Promise<readonly boolean[]> {
    // The broker knows no leases: the client's own timer is all there is to move.
    return messages.map((held) => this.#subscription.isOut(held))
  }

  async depth(): Promise<Depth> {
    const stretches = await this.#asked(survey(this.#cluster, this.#names, this.#subscription.lanes))
    this.#count.saw(stretches.filter(({ topic }) => topic === this.#names.main).length)
    return depthOf(stretches, this.#names)
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
    this.#watch.close()
    this.#count.close()
    if (!this.#health.isAway) {
      await this.#subscription.commit().catch(() => undefined) // what has expired: it would again
      await this.#trimming
      this.#trim(1)
      await this.#trimming
    }
    await this.#subscription.close()
    await Promise.all([this.#puts.close(), this.#moves.close(), this.#browser.close()])
  }

  /** The place of a message in the main topic: with the others of its key. */
  #home(key: string | undefined): Target {
    const count = this.#count.now
    const partition = key === undefined ? this.#turn++ % count : keyPartition(key, count)
    return { topic: this.#names.main, partition, due: 0 }
  }

  #target({ key, delayMs }: Outgoing, now: number): Target {
    if (delayMs <= 0) return this.#home(key)
    return { topic: this.#names.later, partition: laterPartition(delayMs), due: now + delayMs }
  }

  async #countAnew(): Promise<void> {
    if (this.#health.isAway) return
    try {
      this.#count.saw(await this.#cluster.partitions(this.#names.main))
    } catch {
      // with the next look
    }
  }

  async #purgeReady(): Promise<number> {
    const goOn = this.#subscription.holdBack()
    try {
      const stretches = await survey(this.#cluster, this.#names, this.#subscription.lanes)
      const ready = stretches.filter(({ topic }) => topic !== this.#names.dead)
      let purged = 0
      for (const stretch of ready) purged += stretch.lane?.purge(stretch.end) ?? stretch.rest
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
    this.#trimming ??= this.#trimAll(least)
      .catch(() => undefined) // with the next one
      .finally(() => (this.#trimming = undefined))
  }

  async #trimAll(least: number): Promise<void> {
    const { tried } = this.#names
    const lanes = this.#subscription.lanes.filter((lane) => lane.settled.watermark - lane.trimmed >= least)
    const slices = lanes.map(({ topic, partition, settled }) => ({ topic, partition, from: settled.watermark }))
    const renewals = this.#subscription.lanes.flatMap((lane) => {
      const renewal = lane.isLater ? undefined : lane.tried.renewal(tried, lane.partition, least)
      return renewal === undefined ? [] : { lane, renewal }
    })
    for (const { lane, renewal } of renewals) {
      await this.#moves.send({ parcels: renewal.parcels, confirmed: 0 })
      lane.tried.renewed(renewal)
      slices.push({ topic: tried, partition: lane.partition, from: renewal.upTo })
    }
    await this.#cluster.forget(slices)
    lanes.forEach((lane, index) => (lane.trimmed = slices[index]?.from ?? lane.trimmed))
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
