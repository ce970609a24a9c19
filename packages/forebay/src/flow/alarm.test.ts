import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { Alarm } from './alarm.ts'

function watched(): { clock: VirtualClock; alarm: Alarm; rang: number[] } {
  const clock = new VirtualClock()
  const rang: number[] = []
  return { clock, alarm: new Alarm(clock, () => rang.push(clock.now())), rang }
}

describe('an alarm', () => {
  it('rings once for each time it was set', () => {
    const { clock, alarm, rang } = watched()
    alarm.set(10)
    clock.advanceSync(50)
    alarm.set(10)
    clock.advanceSync(50)

    expect(rang).toEqual([10, 60])
    expect(alarm.isSet).toBe(false)
  })

  it('is put off without a timer more, and brought forward', () => {
    const { clock, alarm, rang } = watched()
    alarm.set(10)
    for (let i = 0; i < 5; i++) {
      clock.advanceSync(5)
      alarm.set(10)
      expect(clock.pending).toBe(1)
    }
    clock.advanceSync(50)
    alarm.set(100)
    alarm.set(5)
    clock.advanceSync(200)

    expect(rang).toEqual([35, 80])
  })

  it('does not ring once it was cleared, unless it is set again', () => {
    const { clock, alarm, rang } = watched()
    alarm.set(10)
    alarm.clear()
    expect(alarm.isSet).toBe(false)
    clock.advanceSync(5)
    alarm.set(10)
    clock.advanceSync(100)

    expect(rang).toEqual([15])
  })

  it('leaves nothing with the runtime when it is closed', () => {
    const { clock, alarm, rang } = watched()
    alarm.set(10)
    alarm.close()
    expect(clock.pending).toBe(0)
    clock.advanceSync(100)

    expect(rang).toEqual([])
  })

  it('may be set again while it rings', () => {
    const clock = new VirtualClock()
    const rang: number[] = []
    const alarm: Alarm = new Alarm(clock, () => {
      if (rang.push(clock.now()) < 3) alarm.set(7)
    })
    alarm.set(7)
    clock.advanceSync(100)

    expect(rang).toEqual([7, 14, 21])
  })
})
