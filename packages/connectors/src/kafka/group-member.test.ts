import { VirtualClock } from 'forebay/testkit'
import { expect, it } from 'vitest'
import { GroupMember } from './group-member.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { PartitionCount } from './partition-count.ts'

/** A group that answers the first join too late, and whose other answers the test gives. */
class Group {
  readonly clock = new VirtualClock()
  readonly told: string[] = []
  readonly member: GroupMember
  isLate = true
  expelled = ''
  isBroken = false
  answer = (): void => undefined

  constructor() {
    const host = {
      assigned: () => this.told.push('assigned'),
      rebalancing: () => undefined,
      left: () => this.told.push('left'),
      failed: () => this.told.push('failed'),
    }
    const { clock } = this
    const options = { group: 'letters', topics: ['letters'], leaseMs: 6000, clock, host }
    this.member = new GroupMember({ ...options, cluster: this.#cluster(), count: new PartitionCount(1, clock) })
  }

  #cluster(): KafkaCluster {
    const isLate = (): boolean => this.isLate
    const isBroken = (): boolean => this.isBroken
    class Consumer {
      memberId: string | null = null
      generationId = 1
      assignments = []
      topics = { trackAll: () => undefined }
      constructor() {
        if (isBroken()) throw new Error('no client')
      }
      on(): void {}
      async joinGroup(): Promise<void> {
        this.memberId ??= 'me'
        if (isLate()) throw new Error('no answer in time')
      }
      async close(): Promise<void> {}
    }
    const expel = (_: string, memberId: string): Promise<void> => {
      this.expelled = memberId
      return new Promise((resolve) => (this.answer = resolve))
    }
    return { driver: { Consumer }, client: () => ({}), expel } as unknown as KafkaCluster
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('is in again when it is wanted again while its late join is taken back', async () => {
  const group = new Group()
  group.member.want(true)
  await settled()
  expect(group.told).toEqual(['failed'])
  group.member.want(false)
  await settled()
  expect(group.expelled).toBe('me')
  group.isLate = false
  group.member.want(true)
  group.answer()
  await settled()
  expect(group.told).toEqual(['failed', 'left', 'assigned'])
})

it('tries again after a while when the group did not answer, and not when it is wanted no more', async () => {
  const group = new Group()
  group.member.want(true)
  await settled()
  await group.clock.advance(200)
  await settled()
  expect(group.told).toEqual(['failed', 'failed'])
  const closed = group.member.close()
  await settled()
  group.answer()
  await closed
  expect(group.told).toEqual(['failed', 'failed', 'left'])
  await group.clock.advance(1000)
  await settled()
  expect(group.told).toHaveLength(3)
})

it('tries again when the driver makes no client', async () => {
  const group = new Group()
  group.isLate = false
  group.isBroken = true
  group.member.want(true)
  await settled()
  expect(group.told).toEqual(['failed'])
  group.isBroken = false
  await group.clock.advance(200)
  await settled()
  expect(group.told).toEqual(['failed', 'assigned'])
})
