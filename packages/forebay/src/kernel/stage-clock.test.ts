import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { stageClock } from './stage-clock.ts'

function clocked() {
  const clock = new VirtualClock()
  const stage = { timers: 0 }
  return { clock, stage, own: stageClock(clock, stage) }
}

describe('the clock of a stage', () => {
  test('tells the time of the run, and yields like it', () => {
    const { clock, own, stage } = clocked()
    const seen: string[] = []
    clock.advanceSync(5)
    own.yield(() => seen.push('yielded'))
    own.frame(() => seen.push('painted'))

    expect([own.now(), own.wall()]).toEqual([5, clock.wall()])
    clock.advanceSync(20)
    expect(seen).toEqual(['yielded', 'painted'])
    expect(stage.timers).toBe(0)
  })

  test('counts timers from when they are set to when they ring, which they do once', () => {
    const { clock, own, stage } = clocked()
    const seen: number[] = []
    own.after(10, () => seen.push(stage.timers))
    own.after(20, () => seen.push(stage.timers))
    expect(stage.timers).toBe(2)

    clock.advanceSync(10)
    expect([seen, stage.timers]).toEqual([[1], 1])
    clock.advanceSync(50)
    expect([seen, stage.timers]).toEqual([[1, 0], 0])
  })

  test('counts a timer no more that was stopped, however often', () => {
    const { clock, own, stage } = clocked()
    const stop = own.after(10, () => expect.unreachable())
    const other = own.after(10, () => {})
    stop()
    stop()
    expect([stage.timers, clock.pending]).toEqual([1, 1])

    clock.advanceSync(10)
    other()
    expect(stage.timers).toBe(0)
  })
})
