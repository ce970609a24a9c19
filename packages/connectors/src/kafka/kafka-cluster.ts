import type { Admin, BaseOptions } from '@platformatic/kafka'
import { connectError, type ClientAccess } from './kafka-access.ts'
import { asked, closed, has, messageOf, unavailable } from './kafka-errors.ts'
import { loadDriver, type Driver } from './load-driver.ts'
import type { Slice } from './record-reader.ts'
import { SettledOffsets } from './settled-offsets.ts'

/** How the broker is reached. */
export interface ClusterOptions {
  readonly brokers: readonly string[]
  readonly connectTimeoutMs: number
  readonly client: ClientAccess
}

/** What of a group's progress in a topic the broker knows, by partition. */
export type Progress = ReadonlyMap<string, SettledOffsets>

const REQUEST_MS = 5000
const EARLIEST = -2n
const LATEST = -1n
const GROUP_KEYS = 0
const MOST_COORDINATORS = 1000

/** A Kafka cluster: all that is asked of it beside puts and the membership in a group. */
export class KafkaCluster {
  readonly driver: Driver
  readonly #options: ClusterOptions
  readonly #admin: Admin
  /** Has connections of its own: a broker answers one question of a connection after the other. */
  readonly #committer: Admin
  /** By group. Bounded: past a thousand groups they are asked for anew. */
  readonly #coordinators = new Map<string, number>()

  private constructor(driver: Driver, options: ClusterOptions) {
    this.driver = driver
    this.#options = options
    this.#admin = new driver.Admin(this.client('admin'))
    this.#committer = new driver.Admin(this.client('commit'))
  }

  /** Throws `FOREBAY_UNAVAILABLE` when no broker answers in time. */
  static async open(options: ClusterOptions): Promise<KafkaCluster> {
    const cluster = new KafkaCluster(await loadDriver(), options)
    let late: (() => void) | undefined
    const timer = setTimeout(() => late?.(), options.connectTimeoutMs)
    try {
      await Promise.race([
        cluster.nodes(),
        new Promise((_, reject) => {
          late = () => reject(unavailable(`no answer from ${options.brokers.join(', ')}`, undefined))
        }),
      ])
      return cluster
    } catch (error) {
      await cluster.close()
      throw connectError(error, options.client.sasl?.mechanism)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Options of one more client of the driver; `purpose` is what the broker shows. */
  client(purpose: string): BaseOptions {
    return {
      ...this.#options.client,
      clientId: `forebay-${purpose}`,
      bootstrapBrokers: [...this.#options.brokers],
      connectTimeout: Math.min(REQUEST_MS, this.#options.connectTimeoutMs),
      requestTimeout: REQUEST_MS,
      retries: 2,
      retryDelay: 100,
    }
  }

  /** How many brokers there are; rejects while none answers. */
  async nodes(): Promise<number> {
    this.#admin.clearMetadata()
    const { brokers } = await asked(this.#admin.metadata({ topics: [], forceUpdate: true }))
    return brokers.size
  }

  topics(): Promise<string[]> {
    return asked(this.#admin.listTopics())
  }

  /** Makes a topic unless there is one. Returns how many partitions it has. */
  async ensureTopic(
    topic: string,
    wanted: { partitions: number; replicas: number; maxMessageBytes: number },
  ): Promise<number> {
    const { partitions, replicas, maxMessageBytes } = wanted
    const configs = [
      { name: 'cleanup.policy', value: 'delete' },
      { name: 'retention.ms', value: '-1' },
      { name: 'retention.bytes', value: '-1' },
      { name: 'max.message.bytes', value: String(maxMessageBytes) },
      { name: 'min.insync.replicas', value: String(Math.max(1, replicas - 1)) },
    ]
    try {
      await this.#admin.createTopics({ topics: [topic], partitions, replicas, configs })
    } catch (error) {
      if (!has(error, 'TOPIC_ALREADY_EXISTS')) throw unavailable(messageOf(error), error)
    }
    return this.partitions(topic)
  }

  /** Gives a topic so many partitions, if it has fewer. */
  async grow(topic: string, partitions: number): Promise<void> {
    if ((await this.partitions(topic)) >= partitions) return
    await asked(this.#admin.createPartitions({ topics: [{ name: topic, count: partitions }] }))
    this.#admin.clearMetadata()
  }

  /** What all of these topics take as one batch; `undefined` when the broker does not say. */
  async maxMessageBytes(topics: readonly string[]): Promise<number | undefined> {
    const { TOPIC } = this.driver.ConfigResourceTypes
    const key = 'max.message.bytes'
    const resources = topics.map((resourceName) => ({ resourceType: TOPIC, resourceName, configurationKeys: [key] }))
    try {
      const described = await this.#admin.describeConfigs({ resources })
      const limits = described.flatMap(({ configs }) => configs.filter(({ name }) => name === key))
      return limits.length === topics.length ? Math.min(...limits.map(({ value }) => Number(value))) : undefined
    } catch (error) {
      if (has(error, 'TOPIC_AUTHORIZATION_FAILED')) return undefined
      throw unavailable(messageOf(error), error)
    }
  }

  async partitions(topic: string): Promise<number> {
    const { topics } = await asked(this.#admin.metadata({ topics: [topic] }))
    return topics.get(topic)?.partitionsCount ?? 0
  }

  /** Where topics begin or end, by topic and partition. */
  async offsets(topics: readonly string[], which: 'start' | 'end'): Promise<Map<string, number>> {
    const timestamp = which === 'start' ? EARLIEST : LATEST
    const metadata = await asked(this.#admin.metadata({ topics: [...topics] }))
    const wanted = topics.map((name) => ({
      name,
      partitions: Array.from({ length: metadata.topics.get(name)?.partitionsCount ?? 0 }, (_, partitionIndex) => ({
        partitionIndex,
        timestamp,
      })),
    }))
    const found = new Map<string, number>()
    for (const { name, partitions } of await this.#refreshing(this.#admin.listOffsets({ topics: wanted })))
      for (const { partitionIndex, offset } of partitions) found.set(`${name}-${partitionIndex}`, Number(offset))
    return found
  }

  /** What a group has settled. */
  async progress(group: string): Promise<Progress> {
    const found = new Map<string, SettledOffsets>()
    for (const { topics } of await asked(this.#admin.listConsumerGroupOffsets({ groups: [group] })))
      for (const { name, partitions } of topics)
        for (const { partitionIndex, committedOffset, metadata } of partitions)
          if (committedOffset >= 0n)
            found.set(`${name}-${partitionIndex}`, new SettledOffsets(Number(committedOffset), metadata ?? ''))
    return found
  }

  /** The broker that looks after a group. */
  async coordinator(group: string): Promise<number> {
    const [coordinator] = await asked(this.#admin.findCoordinator({ keyType: GROUP_KEYS, keys: [group] }))
    return coordinator?.nodeId ?? -1
  }

  /** Takes a member out of its group that has been given up: the group would wait for it. */
  async expel(group: string, memberId: string): Promise<void> {
    await asked(this.#admin.removeMembersFromConsumerGroup({ groupId: group, members: [{ memberId }] }))
  }

  /** Keeps what has been settled of a partition under a group without members. */
  keepProgress(group: string, topic: string, partition: number, settled: SettledOffsets): Promise<void> {
    return this.commit({ group, generation: -1, id: '' }, [{ topic, partition, settled }])
  }

  /** Keeps what a member of a group has settled; of two at once for a partition the older one may hold. */
  async commit(
    { group, generation, id }: { group: string; generation: number; id: string },
    lanes: readonly { topic: string; partition: number; settled: SettledOffsets }[],
  ): Promise<void> {
    const topics = lanes.map(({ topic, partition, settled }) => ({
      name: topic,
      partitions: [
        {
          partitionIndex: partition,
          committedOffset: BigInt(settled.watermark),
          committedLeaderEpoch: -1,
          committedMetadata: settled.encode(),
        },
      ],
    }))
    const { api } = this.driver.offsetCommitV8
    try {
      const node = this.#coordinators.get(group) ?? (await this.coordinator(group))
      if (!this.#coordinators.has(group) && this.#coordinators.size >= MOST_COORDINATORS) this.#coordinators.clear()
      this.#coordinators.set(group, node)
      const connection = (await asked(this.#committer.connectToBrokers([node]))).get(node)
      if (connection === undefined) throw unavailable(`no coordinator for ${group}`, undefined)
      await asked(api.async(connection, group, generation, id, null, topics))
    } catch (error) {
      this.#coordinators.delete(group) // it may be another one
      throw error
    }
  }

  /** Tells the broker to forget what is below. */
  async forget(slices: readonly Slice[]): Promise<void> {
    const topics = slices.map(({ topic, partition, from }) => ({
      name: topic,
      partitions: [{ partition, offset: BigInt(from) }],
    }))
    if (topics.length > 0) await this.#refreshing(this.#admin.deleteRecords({ topics }))
  }

  async close(): Promise<void> {
    await Promise.all([closed(this.#admin.close()), closed(this.#committer.close())])
  }

  /** What is known of leaders is asked for anew after an error. */
  async #refreshing<R>(answer: Promise<R>): Promise<R> {
    try {
      return await answer
    } catch (error) {
      this.#admin.clearMetadata()
      throw unavailable(messageOf(error), error)
    }
  }
}
