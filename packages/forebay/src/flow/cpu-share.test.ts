import { describe, expect, it } from 'vitest'
import { StageAccount } from '../kernel/stage-account.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { CpuShare } from './cpu-share.ts'

/** A clock that counts how often it is read, and calls that take time on it. */
function timing() {
  let t = 0
  let readings = 0
  const clock = Object.assign(new VirtualClock(), {
    now: () => {
      readings++
      return t
    },
  })
  const stage = new StageAccount({ id: 's', name: 'work', kind: 'mapAsync', slots: 1, sync: false, meter: undefined })
  const cpu = new CpuShare(stage, { clock, accounting: true })
  const pass = (ms: number): void => void (t += ms)
  const call = (ms: number, idleMs = 0): void => {
    if (cpu.isDue()) cpu.time(() => pass(ms))
    else pass(ms)
    pass(idleMs)
  }
  return { stage, cpu, call, pass, readings: () => readings, elapsed: () => t }
}

describe('the share of the event loop that work takes', () => {
  it('is exact for calls that are long', () => {
    const { stage, call } = timing()
    for (let i = 0; i < 60; i++) call(1 + (i % 6), 3)

    expect(stage.cpuMs).toBe(210)
  })

  it('is near for quick calls, with few looks at the clock', () => {
    const { stage, call, readings } = timing()
    for (let i = 0; i < 6400; i++) call(0.01, 0.01)

    expect(stage.cpuMs).toBeGreaterThan(60)
    expect(stage.cpuMs).toBeLessThanOrEqual(64)
    expect(readings()).toBeLessThan(250)
  })

  it('is never more than the time that has passed, whichever call happens to be timed', () => {
    const { stage, call, elapsed } = timing()
    for (let i = 0; i < 1000; i++) {
      call(i % 64 === 63 ? 5 : 0.001)
      expect(stage.cpuMs).toBeLessThanOrEqual(elapsed() + 1e-9)
    }
  })

  it('counts a call that throws', () => {
    const { stage, cpu, pass } = timing()
    const failing = (): void => {
      pass(4)
      throw new Error('no')
    }

    expect(() => cpu.time(failing)).toThrow('no')
    expect(stage.cpuMs).toBe(4)
  })
})
