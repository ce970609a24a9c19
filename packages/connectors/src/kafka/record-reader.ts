import type { Consumer } from '@platformatic/kafka'
import type { KafkaCluster } from './kafka-cluster.ts'
import { asked, closed, messageOf, unavailable } from './kafka-errors.ts'
import type { Fetched } from './message-format.ts'

/** Part of a partition, from an offset on. */
export interface Slice {
  readonly topic: string
  readonly partition: number
  readonly from: number
}

/** What a fetch has brought of a partition. */
export interface Brought extends Slice {
  readonly records: readonly Fetched[]
  /** Up to where it has read: what is missing in between is no message. */
  readonly upTo: number
  /** Where the partition ends at the broker. */
  readonly end: number
}

/** Bytes of one partition in one fetch; a single larger batch comes all the same. */
const PARTITION_BYTES = 1024 * 1024
const FETCH_BYTES = 4 * PARTITION_BYTES
/** How long a partition may bring nothing although it holds more. */
const SILENT_MS = 5000
const READ_COMMITTED = 1
const CONTROL = 1 << 5

/**
 * Reads records, in no group. It has a connection of its own to each broker: a broker answers one question of a
 * connection after the other, and a fetch waits there for what is to come.
 */
export class RecordReader {
  readonly #client: Consumer

  constructor(cluster: KafkaCluster) {
    this.#client = new cluster.driver.Consumer({ ...cluster.client('fetch'), groupId: 'forebay' })
    this.#client.on('error', () => undefined) // who asked hears of it
  }

  /** Which broker leads each partition of these topics. */
  async leaders(topics: readonly string[]): Promise<Map<string, number>> {
    const metadata = await asked(this.#client.metadata({ topics: [...topics] }))
    const found = new Map<string, number>()
    for (const [topic, { partitions }] of metadata.topics)
      partitions.forEach(({ leader }, partition) => found.set(`${topic}-${partition}`, leader))
    return found
  }

  /** Records of partitions that one broker leads; waits up to `waitMs` for the first. */
  async fetch(node: number, slices: readonly Slice[], waitMs: number): Promise<Brought[]> {
    const topics = [...new Set(slices.map(({ topic }) => topic))]
    const metadata = await asked(this.#client.metadata({ topics }))
    const froms = new Map(slices.map(({ topic, partition, from }) => [`${topic}-${partition}`, from]))
    const names = new Map<string, string>()
    const wanted = topics.map((topic) => {
      const id = metadata.topics.get(topic)?.id ?? ''
      names.set(id, topic)
      return { topicId: id, partitions: slices.filter((slice) => slice.topic === topic).map(request) }
    })
    const limits = { maxWaitTime: waitMs, minBytes: 1, maxBytes: FETCH_BYTES, isolationLevel: READ_COMMITTED }
    try {
      const { responses } = await this.#client.fetch({ node, ...limits, topics: wanted })
      return responses.flatMap(({ topicId, partitions }) =>
        partitions.map(({ partitionIndex: partition, records = [], highWatermark }) => {
          const topic = names.get(topicId) ?? ''
          const from = froms.get(`${topic}-${partition}`) ?? 0
          const last = records.at(-1)
          const upTo = last === undefined ? from : Number(last.firstOffset) + last.lastOffsetDelta + 1
          return { topic, partition, from, upTo, end: Number(highWatermark), records: records.flatMap(fetchedOf) }
        }),
      )
    } catch (error) {
      this.#client.clearMetadata() // the leader may be another one
      throw unavailable(messageOf(error), error)
    }
  }

  /**
   * Visits what lies between `slice.from` and `to` until `visit` says that it is enough. A fetch may bring nothing, as
   * while a leader changes: rejects with `FOREBAY_UNAVAILABLE` when none has brought anything for 5 s.
   */
  async scan({ topic, partition, from }: Slice, to: number, visit: (record: Fetched) => boolean): Promise<void> {
    let since = performance.now()
    while (from < to) {
      const node = (await this.leaders([topic])).get(`${topic}-${partition}`) ?? -1
      const [brought] = await this.fetch(node, [{ topic, partition, from }], 100)
      for (const record of brought?.records ?? [])
        if (record.offset >= from && (record.offset >= to || visit(record))) return
      if (brought !== undefined && brought.upTo > from) {
        from = brought.upTo
        since = performance.now()
      } else {
        if (performance.now() - since >= SILENT_MS)
          throw unavailable(`no records of ${topic}-${partition} from ${from} on, which ends at ${to}`, undefined)
        this.#client.clearMetadata() // the leader may be another one
      }
    }
  }

  close(): Promise<void> {
    return closed(this.#client.close(true))
  }
}

function request({ partition, from }: Slice) {
  return {
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(from),
    lastFetchedEpoch: -1,
    partitionMaxBytes: PARTITION_BYTES,
  }
}

interface Batch {
  readonly attributes: number
  readonly firstOffset: bigint
  readonly firstTimestamp: bigint
  readonly records: readonly {
    readonly offsetDelta: number
    readonly timestampDelta: bigint
    readonly key: Buffer | null
    readonly value: Buffer | null
    readonly headers: [Buffer | null, Buffer | null][]
  }[]
}

function fetchedOf({ attributes, firstOffset, firstTimestamp, records }: Batch): Fetched[] {
  if ((attributes & CONTROL) !== 0) return []
  return records.map(({ offsetDelta, timestampDelta, key, value, headers }) => ({
    offset: Number(firstOffset) + offsetDelta,
    timestamp: Number(firstTimestamp + timestampDelta),
    key,
    value,
    headers,
  }))
}
