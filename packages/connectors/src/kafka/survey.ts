import type { Depth } from 'forebay/queue'
import type { KafkaCluster } from './kafka-cluster.ts'
import type { Lane } from './lane.ts'
import { SettledOffsets } from './settled-offsets.ts'
import type { TopicNames } from './topic-names.ts'

/** How one partition of a queue stands. */
export interface Stretch {
  readonly topic: string
  readonly partition: number
  readonly settled: SettledOffsets
  /** Where it begins and ends at the broker. */
  readonly start: number
  readonly end: number
  /** Set when it is ours. */
  readonly lane: Lane | undefined
}

/** How the partitions of a queue stand: ours as we know it, the others as their members have told the broker. */
export async function survey(cluster: KafkaCluster, names: TopicNames, lanes: readonly Lane[]): Promise<Stretch[]> {
  const topics = [names.main, names.later, names.dead]
  const [starts, ends, progress, gone] = await Promise.all([
    cluster.offsets(topics, 'start'),
    cluster.offsets(topics, 'end'),
    cluster.progress(names.group),
    cluster.progress(names.deadGroup),
  ])
  return [...ends].map(([place, end]): Stretch => {
    const at = place.lastIndexOf('-')
    const topic = place.slice(0, at)
    const partition = Number(place.slice(at + 1))
    const start = starts.get(place) ?? 0
    const lane = lanes.find((one) => one.topic === topic && one.partition === partition && !one.isOver)
    const known = topic === names.dead ? gone : progress
    const settled = lane?.settled ?? known.get(place) ?? new SettledOffsets(start)
    if (lane === undefined) settled.addAll(settled.watermark, start)
    return { topic, partition, settled, start, end, lane }
  })
}

/** Messages of a stretch that have neither ended nor are out with us. */
export function restOf({ settled, end, lane }: Stretch): number {
  return Math.max(0, end - settled.watermark - settled.above - (lane?.out.size ?? 0))
}

export function depthOf(stretches: readonly Stretch[], names: TopicNames): Depth {
  const sum = (topic: string): number =>
    stretches.reduce((total, stretch) => total + (stretch.topic === topic ? restOf(stretch) : 0), 0)
  // What is tried again in its place; of others nobody tells.
  const retries = stretches.reduce((total, { lane }) => total + (lane?.retries.length ?? 0), 0)
  return { ready: sum(names.main) - retries, delayed: sum(names.later) + retries, dead: sum(names.dead) }
}
