import { VirtualClock } from 'forebay/testkit'
import { describe, expect, it } from 'vitest'
import { LaneCommits } from './lane-commits.ts'
import { Lane } from './lane.ts'
import { SettledOffsets } from './settled-offsets.ts'

function subject(): {
  lane: Lane
  clock: VirtualClock
  commits: LaneCommits
  broker: { isAway: boolean; kept: number[] }
} {
  const lane = new Lane({ topic: 'letters', partition: 0, isLater: false }, new SettledOffsets(0))
  const records = [0, 1].map((offset) => {
    return { offset, timestamp: 0, key: Buffer.from('a'), value: Buffer.from('1'), headers: [] }
  })
  lane.arrived({ topic: 'letters', partition: 0, from: 0, records, upTo: 2, end: 2 })
  lane.settle(lane.take(0)!)
  const broker = { isAway: false, kept: [] as number[] }
  const clock = new VirtualClock()
  const commits = new LaneCommits({
    clock,
    lanes: () => [lane],
    keep: async () => {
      if (broker.isAway) throw new Error('away')
      broker.kept.push(lane.settled.watermark)
    },
    over: () => undefined,
  })
  return { lane, clock, commits, broker }
}

describe('commits of what has ended', () => {
  it('free the keys of it, and ask for nothing when nothing has ended since', async () => {
    const { lane, commits, broker } = subject()
    expect(lane.take(0)).toBeUndefined()
    await commits.commit()
    await commits.commit()
    expect(broker.kept).toEqual([1])
    expect(lane.take(0)).toBeDefined()
  })

  it('are tried again by themselves until the broker takes them, since keys wait for it', async () => {
    const { lane, clock, commits, broker } = subject()
    broker.isAway = true
    await expect(commits.commit()).rejects.toThrow('away')
    await clock.advance(1000)
    expect(lane.take(0)).toBeUndefined()
    broker.isAway = false
    await clock.advance(200)
    expect(broker.kept).toEqual([1])
    expect(lane.take(0)).toBeDefined()
  })

  it('are not tried again once it is closed', async () => {
    const { clock, commits, broker } = subject()
    broker.isAway = true
    await expect(commits.commit()).rejects.toThrow('away')
    commits.close()
    broker.isAway = false
    await clock.advance(1000)
    expect(broker.kept).toEqual([])
  })
})
