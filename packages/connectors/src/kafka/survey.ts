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
  /** Messages that are out with us, and those that have neither ended nor are. */
  readonly out: number
  readonly rest: number
  /** Set when it is ours. */
  readonly lane: Lane | undefined
}

/** How the partitions of a queue stand: ours as we know it, the others as their members have told the broker. */
export async function survey(cluster: KafkaCluster, names: TopicNames, lanes: readonly Lane[]): Promise<Stretch[]> {
  const topics = [names.main, names.later, names.dead]
  // What has ended is asked for first, and the ends then: of a message that goes from one topic to another meanwhile two
  // are counted, never none.
  const known = lanes.map((lane) => ({ lane, ended: lane.settled.watermark + lane.settled.above, out: lane.delivered }))
  const [progress, gone] = await Promise.all([cluster.progress(names.group), cluster.progress(names.deadGroup)])
  const [starts, ends] = await Promise.all([cluster.offsets(topics, 'start'), cluster.offsets(topics, 'end')])
  return [...ends].map(([place, end]): Stretch => {
    const at = place.lastIndexOf('-')
    const topic = place.slice(0, at)
    const partition = Number(place.slice(at + 1))
    const start = starts.get(place) ?? 0
    const own = known.find(({ lane }) => lane.topic === topic && lane.partition === partition && !lane.isOver)
    const committed = topic === names.dead ? gone : progress
    const settled = own?.lane.settled ?? committed.get(place) ?? new SettledOffsets(start)
    if (own === undefined) settled.addAll(settled.watermark, start)
    const { out, ended } = own ?? { out: 0, ended: settled.watermark + settled.above }
    return { topic, partition, settled, start, end, out, rest: Math.max(0, end - ended - out), lane: own?.lane }
  })
}

export function depthOf(stretches: readonly Stretch[], names: TopicNames): Depth {
  const sum = (topic: string): number =>
    stretches.reduce((total, stretch) => total + (stretch.topic === topic ? stretch.rest : 0), 0)
  // What is tried again in its place; of others nobody tells.
  const retries = stretches.reduce((total, { lane }) => total + (lane?.retries.length ?? 0), 0)
  const ready = Math.max(0, sum(names.main) - retries)
  const leased = stretches.reduce((total, { out }) => total + out, 0)
  const depth = { ready, leased, delayed: sum(names.later) + retries, dead: sum(names.dead) }
  // The broker tells no bytes, but of nothing: who only puts has no other way to hear that its messages have ended.
  const isEmpty = ready + leased + depth.delayed + depth.dead === 0
  return isEmpty ? { ...depth, bytes: 0 } : depth
}
