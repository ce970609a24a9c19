import type { Clock } from 'forebay'
import type { BrokerHealth } from './broker-health.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { has } from './kafka-errors.ts'
import type { Lane } from './lane.ts'
import type { PartitionCount } from './partition-count.ts'
import { RecordReader } from './record-reader.ts'

/** How long a fetch waits at the broker for what is to come. */
const WAIT_MS = 500
const RETRY_MS = 100
/** How often a client without a partition looks whether there are more. */
const LOOK_MS = 1000

/** Fetches for the partitions of a subscription: one fetch a broker at a time, for all that want more. */
export class LaneReader {
  readonly #cluster: KafkaCluster
  readonly #health: BrokerHealth
  readonly #clock: Clock
  readonly #topics: readonly string[]
  readonly #count: PartitionCount
  readonly #came: () => void
  readonly #reader: RecordReader
  readonly #underWay = new Set<number>() // at most one a broker
  #isAsking = false
  #cancelLook: (() => void) | undefined
  #cancelRetry: (() => void) | undefined
  #turn = 0
  /** Partitions of all topics, when they were last counted. */
  #places = 0
  #isClosed = false

  constructor(options: {
    cluster: KafkaCluster
    health: BrokerHealth
    clock: Clock
    /** The main one first. */
    topics: readonly string[]
    count: PartitionCount
    /** Something has come, or it is time to try again. */
    came: () => void
  }) {
    this.#cluster = options.cluster
    this.#health = options.health
    this.#clock = options.clock
    this.#topics = options.topics
    this.#count = options.count
    this.#came = options.came
    this.#reader = new RecordReader(options.cluster)
  }

  /** Fetches for those that want more, unless that is under way. */
  read(lanes: readonly Lane[]): void {
    if (!this.#isAsking && !this.#isClosed) void this.#read(lanes)
  }

  close(): Promise<void> {
    this.#isClosed = true
    this.#cancelLook?.()
    this.#cancelRetry?.()
    return this.#reader.close()
  }

  async #read(lanes: readonly Lane[]): Promise<void> {
    this.#isAsking = true
    try {
      const leaders = await this.#reader.leaders(this.#topics)
      this.#countAnew(leaders)
      const byNode = new Map<number, Lane[]>()
      this.#turn++
      for (let i = 0; i < lanes.length; i++) {
        const lane = lanes[(this.#turn + i) % lanes.length] as Lane // the first of a fetch gets the most
        const node = leaders.get(`${lane.topic}-${lane.partition}`) ?? -1
        if (lane.isOver || !lane.wantsMore || this.#underWay.has(node)) continue
        byNode.set(node, [...(byNode.get(node) ?? []), lane])
      }
      for (const [node, some] of byNode) void this.#fetch(node, some)
      this.#isAsking = false
      if (lanes.length === 0) this.#lookAgain()
    } catch {
      this.#isAsking = false
      this.#failed()
    }
  }

  #lookAgain(): void {
    if (this.#isClosed) return
    this.#cancelLook ??= this.#clock.after(LOOK_MS, () => {
      this.#cancelLook = undefined
      this.#came()
    })
  }

  #countAnew(leaders: ReadonlyMap<string, number>): void {
    if (leaders.size === this.#places) return
    this.#places = leaders.size
    let partitions = 0
    while (leaders.has(`${this.#topics[0]}-${partitions}`)) partitions++
    this.#count.saw(partitions)
  }

  async #fetch(node: number, lanes: readonly Lane[]): Promise<void> {
    this.#underWay.add(node)
    const slices = lanes.map(({ topic, partition, next }) => ({ topic, partition, from: next }))
    try {
      const brought = await this.#reader.fetch(node, slices, WAIT_MS)
      for (const part of brought)
        lanes.find(({ topic, partition }) => topic === part.topic && partition === part.partition)?.arrived(part)
      this.#underWay.delete(node)
      this.#came()
    } catch (error) {
      this.#underWay.delete(node)
      if (has(error, 'OFFSET_OUT_OF_RANGE')) await this.#findPlaces(lanes)
      this.#failed()
    }
  }

  /** The broker has forgotten some: somebody has purged the queue. */
  async #findPlaces(lanes: readonly Lane[]): Promise<void> {
    try {
      const starts = await this.#cluster.offsets(this.#topics, 'start')
      const ends = await this.#cluster.offsets(this.#topics, 'end')
      for (const lane of lanes) {
        const place = `${lane.topic}-${lane.partition}`
        lane.within(starts.get(place) ?? 0, ends.get(place) ?? 0)
      }
    } catch {
      // tried again with the next fetch
    }
  }

  #failed(): void {
    if (this.#isClosed) return
    this.#health.suspect()
    this.#cancelRetry ??= this.#clock.after(RETRY_MS, () => {
      this.#cancelRetry = undefined
      this.#came()
    })
  }
}
