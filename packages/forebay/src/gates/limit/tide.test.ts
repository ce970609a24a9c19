import { describe, expect, it } from 'vitest'
import { ClosedLoop } from '../../../test/support/closed-loop.ts'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { limit } from './limit.ts'
import { tide } from './tide.ts'

const least = (values: readonly number[]): number => Math.min(...values)
const most = (values: readonly number[]): number => Math.max(...values)

describe('tide', () => {
  it('finds the knee of what it knows nothing about, from far below and from far above', () => {
    for (const initial of [4, 400]) {
      const loop = new ClosedLoop(tide({ initial })).run(30)
      expect(most(loop.limits.slice(-15))).toBeLessThan(24 * 1.7)
      expect(least(loop.limits.slice(-15))).toBeGreaterThan(24 * 0.5) // in a dip
    }
  })

  it('does not take its own queue for the usual latency, however long that stands', () => {
    const loop = new ClosedLoop(tide()).run(600)
    const early = most(loop.limits.slice(30, 60))
    const late = most(loop.limits.slice(570))
    expect(late / early).toBeGreaterThan(0.8)
    expect(late / early).toBeLessThan(1.2)
  })

  it('serves on when the backend becomes four times as slow, and again when it recovers', () => {
    const loop = new ClosedLoop(tide()).run(20)
    loop.baseMs = 80
    loop.run(10)
    expect(most(loop.limits.slice(-5))).toBeGreaterThan(20)
    expect(loop.algorithm.inspect().baseMs).toBeGreaterThan(55)
    loop.baseMs = 20
    loop.run(15)
    expect(loop.algorithm.inspect().baseMs).toBeLessThan(26)
    expect(most(loop.limits.slice(-5))).toBeLessThan(24 * 1.7)
  })

  it('does not grow while it is not used, and does not forget what it knows', () => {
    const loop = new ClosedLoop(tide()).run(20)
    loop.used = 0.3
    const before = most(loop.limits.slice(-10))
    loop.run(60)
    expect(most(loop.limits.slice(-50))).toBeLessThanOrEqual(before * 1.05)
  })

  it('dips only while it is full, together with everybody else whose wall clock says the same', () => {
    const dipsOf = (clock: VirtualClock, used: number): number[] => {
      const loop = new ClosedLoop(tide(), clock)
      loop.used = used
      const dips: number[] = []
      for (let i = 0; i < 3000; i++) {
        loop.run(0.01)
        const { why, movedAt } = loop.algorithm.inspect()
        if (why.includes('dips to see') && dips.at(-1) !== movedAt) dips.push(movedAt)
      }
      return dips.map((at) => at + clock.wall() - clock.now())
    }
    const late = new VirtualClock()
    late.advanceSync(1730)

    const here = dipsOf(new VirtualClock(), 1)
    const there = dipsOf(late, 1)

    expect(here.length).toBeGreaterThanOrEqual(4)
    for (const at of [...here, ...there]) expect(at % 5000).toBeLessThan(30)
    expect(dipsOf(new VirtualClock(), 0.3)).toEqual([])
  })

  it('shared, takes work that stays slow in a dip of its own for the queue of others, and in a common dip for a slower backend', () => {
    const loop = new ClosedLoop(tide({ shared: true })).run(12)
    const { baseMs } = loop.algorithm.inspect()
    // from 12 s on others keep a queue of 100 ms, whatever this one does
    loop.baseMs = 120
    loop.knee = 1e9
    loop.run(2.5)
    expect(loop.algorithm.inspect().baseMs).toBeCloseTo(baseMs, 3)
    loop.run(6)
    expect(loop.algorithm.inspect().baseMs).toBeGreaterThan(2 * baseMs)
  })

  it('falls by a tenth when the other side complains, once for all that was sent before that', () => {
    const loop = new ClosedLoop(tide()).run(7)
    const { algorithm, clock } = loop
    const before = algorithm.limit
    const now = clock.now()
    for (let i = 0; i < 50; i++) algorithm.drop(now - 20, now)
    expect(algorithm.limit).toBeCloseTo(0.9 * before, 6)
    algorithm.drop(now + 1, now + 21)
    expect(algorithm.limit).toBeCloseTo(0.81 * before, 6)
    expect(algorithm.inspect().why).toContain('too much to do')
  })

  it('takes errors that come fast for no speed', () => {
    const clock = new VirtualClock()
    const gate = limit(tide({ initial: 50 }), { clock, line: 0 })
    for (let round = 0; round < 500; round++) {
      const permits = Array.from({ length: 50 }, () => gate.tryAcquire())
      clock.advanceSync(1)
      for (const permit of permits) permit?.release('fail')
    }
    expect(gate.inspect()).toMatchObject({ limit: 50, adaptive: { latencyMs: 0, baseMs: 0, why: 'it begins here' } })
  })

  it('comes back to life when the clock goes back', () => {
    const loop = new ClosedLoop(tide()).run(11)
    const past = new VirtualClock()
    let now = past.now()
    for (let i = 0; i < 20_000; i++) {
      now += 0.8
      loop.algorithm.sample(20, Math.floor(loop.algorithm.limit), true, now - 20, now)
    }
    expect(loop.algorithm.limit).toBeGreaterThan(100)
  })

  it('says why it is where it is', () => {
    const loop = new ClosedLoop(tide({ initial: 100 }))
    expect(loop.algorithm.inspect().why).toBe('it begins here')
    const reasons = new Set<string>()
    for (const knee of [12, 12, 60, 60, 12]) {
      loop.knee = knee
      for (let i = 0; i < 300; i++)
        reasons.add(
          loop
            .run(0.01)
            .algorithm.inspect()
            .why.replace(/\d+\.\d/, 'n'),
        )
    }
    loop.algorithm.set({ max: 5 })
    reasons.add(loop.algorithm.inspect().why)
    expect([...reasons].toSorted()).toEqual([
      'it begins here',
      'it dips to see how long work takes without a queue',
      'it is back from a dip',
      'it is full, and work takes only n times as long as without a queue',
      'it stays where it has dipped to: work queues even there',
      'its bounds were changed',
      'work takes n times as long as without a queue',
    ])
  })

  it.each([
    [{ initial: 0 }, 'initial: '],
    [{ tolerance: 1 }, 'tolerance: '],
    [{ dip: 1 }, 'dip: '],
    [{ dipEvery: 10 }, 'dipEvery: '],
    [{ min: 0 }, 'min: '],
    [{ min: 10, max: 5 }, 'max: '],
  ])('refuses %j', (options, message) => {
    expect(() => tide(options)).toThrow(message)
  })
})
