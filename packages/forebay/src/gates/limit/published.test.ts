import { describe, expect, it } from 'vitest'
import { ClosedLoop } from '../../../test/support/closed-loop.ts'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { aimd } from './aimd.ts'
import { gradient2 } from './gradient2.ts'
import { vegas } from './vegas.ts'

describe('aimd', () => {
  it('falls once for all complaints of one round trip', () => {
    const algorithm = aimd({ initial: 100 }).start(new VirtualClock())
    for (let i = 0; i < 30; i++) algorithm.drop(80, 100)
    expect(algorithm.limit).toBe(90)
    algorithm.drop(100, 120)
    expect(algorithm.limit).toBe(81)
  })

  it('grows by one for each round trip while half of it is used, and not at all while less is', () => {
    const algorithm = aimd({ initial: 100 }).start(new VirtualClock())
    for (let i = 0; i < 100; i++) algorithm.sample(20, 60, false, 0, 20)
    expect(algorithm.limit).toBeCloseTo(101, 1)
    for (let i = 0; i < 100; i++) algorithm.sample(20, 40, true, 0, 20)
    expect(algorithm.limit).toBeCloseTo(101, 1)
  })

  it('takes work that is too slow for a complaint, if it is told what that is', () => {
    const loop = new ClosedLoop(aimd({ tooSlow: '40ms' })).run(60)
    expect(Math.max(...loop.limits.slice(-30))).toBeLessThan(48)
    expect(loop.algorithm.inspect().why).toMatch(/too long|nobody complains/)
    expect(() => aimd({ backoff: 1 })).toThrow('backoff: ')
    expect(() => aimd({ tooSlow: 'soon' as never })).toThrow('tooSlow: ')
  })
})

describe('vegas', () => {
  it('does not fall to nothing because work takes different times by chance', () => {
    const loop = new ClosedLoop(vegas())
    loop.spread = 0.9 // the shortest single time is a tenth of the mean
    loop.run(120)
    expect(Math.min(...loop.limits.slice(-60))).toBeGreaterThan(20)
  })

  it('lets a few queue, not many', () => {
    const loop = new ClosedLoop(vegas({ probe: 1e6 })).run(120)
    expect(Math.max(...loop.limits.slice(-60))).toBeLessThan(24 + 12)
    expect(loop.algorithm.inspect().why).toMatch(/queue$/)
    expect(() => vegas({ probe: 0 })).toThrow('probe: ')
  })

  it('forgets a shortest latency that is no longer true', () => {
    const loop = new ClosedLoop(vegas({ probe: 30 })).run(30)
    loop.baseMs = 80
    loop.run(60)
    expect(loop.algorithm.inspect().baseMs).toBeGreaterThan(60)
    expect(Math.min(...loop.limits.slice(-20))).toBeGreaterThan(15)
  })
})

describe('gradient2', () => {
  it('drifts upwards under a queue that stands, and no further than its max of 200', () => {
    const loop = new ClosedLoop(gradient2()).run(300)
    expect(loop.limits[60]).toBeLessThan(80)
    expect(loop.limits.at(-1)).toBeGreaterThan(80)
    loop.run(3000)
    expect(loop.limits.at(-1)).toBeLessThanOrEqual(200)
  })

  it('does not grow while less than half of it is used', () => {
    const loop = new ClosedLoop(gradient2())
    loop.used = 0.4
    loop.run(60)
    expect(loop.algorithm.limit).toBe(20)
    expect(() => gradient2({ tolerance: 0.5 })).toThrow('tolerance: ')
  })

  it('forgets slow times when the backend has become much faster', () => {
    const loop = new ClosedLoop(gradient2({ max: 24 }))
    loop.baseMs = 200
    loop.run(60)
    loop.baseMs = 20
    loop.run(60)
    expect(loop.algorithm.inspect().baseMs).toBeLessThan(80)
  })
})
