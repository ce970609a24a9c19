import { VirtualClock } from 'forebay/testkit'
import { describe, expect, it } from 'vitest'
import { LaneCommits } from './lane-commits.ts'
import { Lane } from './lane.ts'
import { SettledOffsets } from './settled-offsets.ts'

function subject(): {
  lane: Lane
  clock: VirtualClock
  commits: LaneCommits
  broker: { isAway: boolean; kept: number[]; takesMs: number[] }
} {
  const lane = new Lane({ topic: 'letters', partition: 0, isLater: false }, new SettledOffsets(0))
  const records = [0, 1].map((offset) => {
    return { offset, timestamp: 0, key: Buffer.from('a'), value: Buffer.from('1'), headers: [] }
  })
  lane.arrived({ topic: 'letters', partition: 0, from: 0, records, upTo: 2, end: 2 })
  lane.settle(lane.take(0)!)
  const broker = { isAway: false, kept: [] as number[], takesMs: [] as number[] }
  const clock = new VirtualClock()
  const commits = new LaneCommits({
    clock,
    lanes: () => [lane],
    keep: async () => {
      const { watermark } = lane.settled
      const ms = broker.takesMs.shift() ?? 0
      if (ms > 0) await new Promise<void>((resolve) => clock.after(ms, resolve))
      if (broker.isAway) throw new Error('away')
      broker.kept.push(watermark)
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

  it('go one after the other, so that an older one never has the last word', async () => {
    const { lane, clock, commits, broker } = subject()
    broker.takesMs = [100, 1]
    const first = commits.commit()
    lane.purge(2)
    const both = Promise.all([first, commits.commit(), commits.commit()])
    await clock.advance(200)
    await both
    expect(broker.kept).toEqual([1, 2])
  })

  it('are waited for by who asks for what one under way has taken, also when that fails', async () => {
    const { lane, clock, commits, broker } = subject()
    broker.takesMs = [100, 100]
    broker.isAway = true
    const first = commits.commit()
    const second = commits.commit()
    const failed = expect(first).rejects.toThrow('away')
    await clock.advance(100)
    await failed
    expect(lane.take(0)).toBeUndefined()
    broker.isAway = false
    await clock.advance(100)
    await second
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
