import { VirtualClock } from 'forebay/testkit'
import { expect, it } from 'vitest'
import { PartitionWatch } from './partition-watch.ts'

function watched(): { clock: VirtualClock; watch: PartitionWatch; looks: number[] } {
  const clock = new VirtualClock()
  const looks: number[] = []
  const start = clock.now()
  return { clock, looks, watch: new PartitionWatch(clock, () => looks.push(clock.now() - start)) }
}

it('looks once in five seconds, however much is put', async () => {
  const { clock, watch, looks } = watched()
  for (let ms = 0; ms < 11_000; ms += 100) {
    watch.used()
    await clock.advance(100)
  }
  await clock.advance(60_000)
  expect(looks).toEqual([5000, 10_000, 15_000])
})

it('goes on looking while somebody consumes, and looks at nothing that nobody uses', async () => {
  const { clock, watch, looks } = watched()
  await clock.advance(60_000)
  expect(looks).toEqual([])
  watch.consumed(true)
  await clock.advance(17_000)
  watch.consumed(false)
  await clock.advance(60_000)
  expect(looks).toEqual([65_000, 70_000, 75_000, 80_000])
})

it('looks no more once it is closed', async () => {
  const { clock, watch, looks } = watched()
  watch.consumed(true)
  watch.close()
  watch.used()
  await clock.advance(60_000)
  expect(looks).toEqual([])
})
