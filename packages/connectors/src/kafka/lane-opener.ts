import type { KafkaCluster } from './kafka-cluster.ts'
import { Lane } from './lane.ts'
import { RecordReader } from './record-reader.ts'
import { SettledOffsets } from './settled-offsets.ts'
import type { TopicNames } from './topic-names.ts'
import { TriedNotes } from './tried-notes.ts'

interface Partition {
  readonly topic: string
  readonly partition: number
}

/** Finds out where the partitions of a queue stand that have become ours. */
export class LaneOpener {
  readonly #cluster: KafkaCluster
  readonly #names: TopicNames
  readonly #reader: RecordReader

  constructor(cluster: KafkaCluster, names: TopicNames) {
    this.#cluster = cluster
    this.#names = names
    this.#reader = new RecordReader(cluster)
  }

  async open(partitions: readonly Partition[]): Promise<Lane[]> {
    const { main, later, tried, group } = this.#names
    const topics = [main, later, tried]
    // What the former owner has kept: nothing of it is taken any more since the partitions are ours.
    const [progress, starts, ends] = await Promise.all([
      this.#cluster.progress(group),
      this.#cluster.offsets(topics, 'start'),
      this.#cluster.offsets(topics, 'end'),
    ])
    const lanes: Lane[] = []
    for (const { topic, partition } of partitions) {
      const place = `${topic}-${partition}`
      const start = starts.get(place) ?? 0
      const isLater = topic === later
      const notes = `${tried}-${partition}`
      const read = isLater ? undefined : await this.#notes(partition, starts.get(notes), ends.get(notes))
      const lane = new Lane({ topic, partition, isLater }, progress.get(place) ?? new SettledOffsets(start), read)
      lane.within(start, ends.get(place) ?? start)
      lanes.push(lane)
    }
    return lanes
  }

  close(): Promise<void> {
    return this.#reader.close()
  }

  async #notes(partition: number, start: number | undefined, end = 0): Promise<TriedNotes> {
    const topic = this.#names.tried
    if (start === undefined) {
      await this.#cluster.grow(topic, partition + 1) // somebody has added partitions to the queue
      return new TriedNotes(0, 0)
    }
    const notes = new TriedNotes(start, end)
    await this.#reader.scan({ topic, partition, from: start }, end, (record) => {
      notes.found(record)
      return false
    })
    return notes
  }
}
