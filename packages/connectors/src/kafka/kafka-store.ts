import { ForebayError, systemClock, type Clock } from 'forebay'
import { BrokerStore, type BrokerPlace, type Caps, type Store, type StoreReport } from 'forebay/queue'
import type { BaseOptions } from '@platformatic/kafka'
import { BrokerHealth } from './broker-health.ts'
import { accessOf } from './kafka-access.ts'
import { KafkaCluster } from './kafka-cluster.ts'
import { KafkaLink } from './kafka-link.ts'
import { parseKafkaUrl } from './kafka-url.ts'
import { LATER_PARTITIONS, TopicNames } from './topic-names.ts'

/** How {@link kafkaStore} uses the cluster. */
export interface KafkaStoreOptions {
  /** What the names of all topics begin with, up to a dot; default `'forebay'`. */
  readonly prefix?: string
  /** Partitions of a queue that is made and does not say itself: so many clients can consume it at once. Default 4. */
  readonly partitions?: number
  /** Copies of each partition of a queue that is made; default 3, or as many brokers as there are. */
  readonly replicas?: number
  /** How long the first connection may take; default 5000 ms. */
  readonly connectTimeoutMs?: number
  /** For the driver: TLS and SASL, where the URL is not enough. What is given here counts more than the URL. */
  readonly client?: Pick<BaseOptions, 'tls' | 'sasl'>
  readonly clock?: Clock
}

/**
 * What `kafka:` stores can do. Bounds are counted by this client alone. The order of puts is kept within a partition,
 * which is enough for keys; groups and levels would need more than that.
 */
export const kafkaCaps: Caps = {
  durability: 'replicated',
  boundItems: 'client',
  boundBytes: 'client',
  overflow: ['backpressure', 'reject', 'fail'],
  ack: 'watermark',
  extend: true,
  delay: true,
  nackDelay: true,
  levels: 1,
  attempts: 'durable',
  dedupe: 'none',
  order: 'partition',
  keys: true,
  groups: false,
  partitions: true,
  ttl: true,
  deadLetters: 'emulated',
  depth: 'approx',
  shared: true,
}

/**
 * Queues in Apache Kafka (2.4 or newer): a topic each, with one for messages that wait, one for dead letters and one for
 * notes of what has a key and failed, and a consumer group. A put resolves when all replicas in sync have it;
 * `caps.durability` is `os-cache` with one replica.
 *
 * - A group keeps one offset for a partition. What ended behind a hole is kept in the text beside it, so that an ack
 *   that has resolved stays. That text bounds what is out of a partition (about 2000 messages next to each other); with
 *   about 900 holes it hands out only what closes one.
 * - A partition is consumed by one client at a time. One that is silent for the length of a lease (6 s at least) is
 *   taken for dead; when partitions move, what was out of them is delivered again, no attempt burnt.
 * - The partition of a key is that of Kafka's own producers. What failed and has a key stays in its place, and those of
 *   its key behind it wait. 2000 messages or 4 MiB of a partition may wait so, and other keys pass them; then nothing
 *   more is fetched of it.
 * - What is delayed, or tried again and has no key, goes through another topic, and comes in the order of its time as
 *   long as no more than 200 wait for about as long. What is delayed, has a key and became too large for its partition
 *   is a dead letter; when it is for that too, it waits for a higher limit. Either is a report. An end of the process burns no attempt.
 * - A put may be stored in part when it is refused with `FOREBAY_TOO_LARGE` after somebody has set `max.message.bytes`
 *   lower; what of it is stored is stored once.
 * - `kafkas://user:password@host:9093/?sasl=plain&ca=ca.pem` is TLS, and SASL with what `sasl` says: `scram-sha-512`
 *   when it says nothing, `scram-sha-256` or `plain`. `ca` is in place of the authorities that Node knows, `cert` and `key` what the client
 *   shows; all are PEM files.
 * - The broker is told to forget what has ended, so the topics are for nobody else to read.
 * - It tells how many messages there are, but not their bytes, their age or what others have out.
 *
 * `@platformatic/kafka` is an optional peer dependency. Throws `FOREBAY_UNAVAILABLE` when no broker answers in time, or
 * none lets this client in, which is not `retryable`.
 */
export async function kafkaStore(url: string, options: KafkaStoreOptions = {}): Promise<Store> {
  const fromUrl = parseKafkaUrl(url)
  const { brokers, shown } = fromUrl
  const given = { ...fromUrl, ...options }
  const { prefix = 'forebay', partitions = 4, connectTimeoutMs = 5000, clock = systemClock } = given
  if (!/^[\w.-]{1,50}$/.test(prefix))
    throw new RangeError(`prefix: expected 1 to 50 letters, digits, '.', '_' or '-', got '${prefix}'`)
  checkCount('partitions', partitions, 1000)
  if (given.replicas !== undefined) checkCount('replicas', given.replicas, 100)
  if (!(connectTimeoutMs >= 1)) throw new RangeError(`connectTimeoutMs: expected at least 1, got ${connectTimeoutMs}`)
  const client = { ...(await accessOf(fromUrl)), ...options.client }
  const cluster = await KafkaCluster.open({ brokers, connectTimeoutMs, client })
  try {
    const replicas = given.replicas ?? Math.min(3, await cluster.nodes())
    return new BrokerStore(place({ url: shown, prefix, partitions, replicas, connectTimeoutMs, clock, cluster }))
  } catch (error) {
    await cluster.close()
    throw error
  }
}

interface PlaceOptions {
  readonly url: string
  readonly prefix: string
  readonly partitions: number
  readonly replicas: number
  readonly connectTimeoutMs: number
  readonly clock: Clock
  readonly cluster: KafkaCluster
}

function place(options: PlaceOptions): BrokerPlace {
  const { url, prefix, replicas, clock, cluster } = options
  const health = new BrokerHealth(cluster, clock)
  const reports: StoreReport[] = []
  const report = (next: StoreReport): void => {
    if (reports.push(next) > 100) reports.shift()
  }
  return {
    url,
    caps: { ...kafkaCaps, durability: replicas > 1 ? 'replicated' : 'os-cache' },
    clock,
    random: { next: () => Math.random() },
    reports,
    async openLink(settings, events) {
      const names = new TopicNames(prefix, settings.name)
      // A batch of one message, with its frame.
      const shape = { replicas, maxMessageBytes: settings.maxItemBytes + 64 * 1024 }
      const open = async (): Promise<{ partitions: number; maxMessageBytes: number }> => {
        await cluster.ensureTopic(names.later, { ...shape, partitions: LATER_PARTITIONS })
        await cluster.ensureTopic(names.dead, { ...shape, partitions: 1 })
        const wanted = settings.partitions ?? options.partitions
        const partitions = await cluster.ensureTopic(names.main, { ...shape, partitions: wanted })
        await cluster.ensureTopic(names.tried, { ...shape, partitions })
        await cluster.progress(names.group) // the brokers may be making the topic of all groups
        // Who made them may have asked for less.
        const taken = await cluster.maxMessageBytes(names.all)
        return { partitions, maxMessageBytes: taken ?? shape.maxMessageBytes }
      }
      const made = await retried(open, options.connectTimeoutMs)
      return new KafkaLink({ cluster, health, names, ...made, settings, events, report })
    },
    async list() {
      const queues = (await cluster.topics()).map((topic) => TopicNames.queueOf(prefix, topic))
      return queues.filter((name) => name !== undefined)
    },
    async close() {
      health.close()
      await cluster.close()
    },
  }
}

/** Tries again until the time is over. */
async function retried<R>(work: () => Promise<R>, withinMs: number): Promise<R> {
  const end = performance.now() + withinMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ForebayError) || performance.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

function checkCount(option: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new RangeError(`${option}: expected an integer from 1 to ${most}, got ${value}`)
}
