import { VirtualClock } from 'forebay/testkit'
import { expect, it } from 'vitest'
import { PartitionCount } from './partition-count.ts'

it('counts partitions that were added once every client has heard of them', async () => {
  const clock = new VirtualClock()
  const count = new PartitionCount(2, clock)
  const grown: number[] = []
  count.onGrown(() => grown.push(count.now))
  for (const seen of [2, 4, 2]) count.saw(seen)
  await clock.advance(3000)
  count.saw(6)
  await clock.advance(5999)
  expect(count.now).toBe(2)
  await clock.advance(1)
  expect(count.now).toBe(6)
  count.saw(6)
  await clock.advance(10_000)
  expect(grown).toEqual([6])
})

it('tells nobody any more once it is closed', async () => {
  const clock = new VirtualClock()
  const count = new PartitionCount(2, clock)
  count.onGrown(() => expect.unreachable())
  count.saw(3)
  count.close()
  count.saw(4) // asked for before, answered late
  await clock.advance(10_000)
  expect(count.now).toBe(2)
})
