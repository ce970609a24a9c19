import { VirtualClock } from 'forebay/testkit'
import { expect, it } from 'vitest'
import type { BrokerHealth } from './broker-health.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { LaneReader } from './lane-reader.ts'
import { PartitionCount } from './partition-count.ts'

it('counts the partitions of a queue while it has none of them', async () => {
  const clock = new VirtualClock()
  const count = new PartitionCount(1, clock)
  let partitions = 1
  class Consumer {
    on(): void {}
    async metadata(): Promise<object> {
      const leaders = (of: number): object => ({ partitions: Array.from({ length: of }, () => ({ leader: 1 })) })
      return {
        topics: new Map([
          ['main', leaders(partitions)],
          ['later', leaders(12)],
        ]),
      }
    }
    async close(): Promise<void> {}
  }
  const cluster = { driver: { Consumer }, client: () => ({}) } as unknown as KafkaCluster
  let looks = 0
  const reader: LaneReader = new LaneReader({
    cluster,
    health: {} as BrokerHealth,
    clock,
    topics: ['main', 'later'],
    count,
    came: () => {
      looks++
      reader.read([])
    },
  })
  for (let i = 0; i < 3; i++) reader.read([])
  await clock.advance(500)
  reader.read([])
  await clock.advance(3000)
  expect(looks).toBe(3)
  partitions = 3
  await clock.advance(8000)
  expect(count.now).toBe(3)
  await reader.close()
  const before = looks
  await clock.advance(5000)
  expect(looks).toBe(before)
})

it('tries again after a failure, and no more once it is closed', async () => {
  const clock = new VirtualClock()
  class Consumer {
    on(): void {}
    async metadata(): Promise<object> {
      throw new Error('no answer')
    }
    async close(): Promise<void> {}
  }
  let suspicions = 0
  let tries = 0
  const reader: LaneReader = new LaneReader({
    cluster: { driver: { Consumer }, client: () => ({}) } as unknown as KafkaCluster,
    health: { suspect: () => suspicions++ } as unknown as BrokerHealth,
    clock,
    topics: ['main'],
    count: new PartitionCount(1, clock),
    came: () => {
      tries++
      reader.read([])
    },
  })
  reader.read([])
  await clock.advance(1050)
  expect(tries).toBe(10)
  expect(suspicions).toBe(11)
  await reader.close()
  await clock.advance(1000)
  expect(tries).toBe(10)
})
