import { describe, expect, it } from 'vitest'
import type { ScaleAdvice } from './scale-advice.ts'
import { ScaleSteps, type ScaleLimits } from './scale-steps.ts'

const advice = (pressure: number, more: Partial<ScaleAdvice> = {}): ScaleAdvice => ({
  pressure,
  use: 0,
  oldestMs: 0,
  rate: 100,
  reason: 'shown',
  wouldHelp: true,
  ...more,
})
const steps = (limits: Partial<ScaleLimits> = {}): ScaleSteps =>
  new ScaleSteps({ min: 1, max: 16, step: 2, cooldownMs: 30_000, settleMs: 2000, ...limits })

/** The number of workers at each second, with this pressure and this rate for so many of them. */
function play(
  rule: ScaleSteps,
  from: number,
  seconds: number,
  of: (workers: number, at: number) => ScaleAdvice,
): number[] {
  let workers = from
  return Array.from({ length: seconds }, (_, at) => (workers = rule.next(at * 1000, workers, of(workers, at)).workers))
}

describe('the steps of an elastic number of workers', () => {
  it('go up at once, by no more than the step, to as many as are needed', () => {
    const load = (workers: number): ScaleAdvice => advice(10 / workers, { rate: Math.min(workers, 10) * 10 })
    const path = play(steps(), 1, 16, load)

    expect(path.slice(0, 3)).toEqual([2, 2, 4])
    expect(path.at(-1)).toBe(10)
    expect(path).toEqual(path.toSorted((a, b) => a - b))
  })

  it('stay where they are within the tolerance, and never swing', () => {
    expect(new Set(play(steps(), 4, 100, (_, at) => advice(at % 2 ? 1.09 : 0.91)))).toEqual(new Set([4]))
    // Three would be too few for each second second.
    expect(new Set(play(steps(), 4, 100, (_, at) => advice(at % 2 ? 1 : 0.5)))).toEqual(new Set([4]))
  })

  it('go down only after fewer have been enough for the cooldown, to what that needed at most', () => {
    const path = play(steps(), 8, 62, (workers, at) => advice((at === 20 ? 6 : 1) / workers))

    expect(path.findIndex((workers) => workers < 8)).toBe(30)
    expect(path[30]).toBe(6)
    expect(path[61]).toBe(3)
  })

  it('keep within least and most, and say that it is the most', () => {
    const rule = steps({ min: 2, max: 3 })
    expect(play(rule, 2, 200, (workers) => advice(100, { rate: workers })).at(-1)).toBe(3)
    expect(rule.next(300_000, 3, advice(9)).reason).toBe('shown; 3 is the most allowed')
    expect(play(steps({ min: 2 }), 8, 200, () => advice(0)).at(-1)).toBe(2)
  })

  it('do not go up where that would not help', () => {
    const rule = steps()
    const full = advice(3, { wouldHelp: false, reason: '0 more would help: the sink is full' })
    expect(new Set(play(rule, 4, 100, () => full))).toEqual(new Set([4]))
    expect(rule.next(200_000, 4, full).reason).toBe('0 more would help: the sink is full')
  })

  it('take back what got no more done, and try that again only after the cooldown', () => {
    const rule = steps()
    const full = (): ScaleAdvice => advice(1.5, { rate: 400 })
    const path = play(rule, 4, 60, full)

    expect(path.slice(0, 5)).toEqual([6, 6, 4, 4, 4])
    expect(path.filter((workers, at) => workers > (path[at - 1] ?? 4))).toHaveLength(2)
    const told = steps()
    told.next(0, 4, full())
    expect(told.next(2000, 6, full()).reason).toBe('0 more would help: 6 instead of 4 did 0 % more')
    expect(told.next(3000, 4, full()).reason).toBe('0 more would help: 6 instead of 4 did 0 % more')
  })

  it('are not judged before the workers that were to come are there', () => {
    const rule = steps()
    const full = (rate: number): ScaleAdvice => advice(1.5, { rate })
    expect(rule.next(0, 4, full(400)).workers).toBe(6)
    for (let at = 1000; at <= 9000; at += 1000) rule.wait(at)
    expect(rule.next(10_000, 6, full(400)).workers).toBe(6)
    expect(rule.next(11_000, 6, full(600)).workers).toBe(9)
  })

  it('stay where they are at the very edge of the tolerance, however many there are', () => {
    expect(new Set(play(steps({ max: 100 }), 20, 100, () => advice(1.1)))).toEqual(new Set([20]))
    expect(new Set(play(steps({ max: 100 }), 20, 100, () => advice(0.9)))).toEqual(new Set([20]))
  })

  it('count the cooldown from when a whole worker less is enough', () => {
    // 85 % of four are four.
    const path = play(steps(), 4, 80, (workers, at) => advice((at < 29 ? 3.4 : 2) / workers))
    expect(path.findIndex((workers) => workers < 4)).toBe(59)
  })

  it('compare with the rate of the last while, not with that of one look', () => {
    const rule = steps()
    for (let at = 0; at < 5; at++) rule.next(at * 1000, 4, advice(1, { rate: 400 }))
    expect(rule.next(5000, 4, advice(1.5, { rate: 500 })).workers).toBe(6)
    expect(rule.next(7000, 6, advice(1.5, { rate: 460 }))).toEqual({
      workers: 4,
      reason: '0 more would help: 6 instead of 4 did 7 % more',
    })
  })

  it('take back what got less done, which is 0 % more', () => {
    const rule = steps()
    rule.next(0, 4, advice(1.5, { rate: 400 }))
    const { workers, reason } = rule.next(2000, 6, advice(1.5, { rate: 300 }))
    expect(workers).toBe(4)
    expect(reason).toBe('0 more would help: 6 instead of 4 did 0 % more')
  })

  it('keep what brought a quarter of what it should have brought', () => {
    const rule = steps()
    rule.next(0, 4, advice(1.5, { rate: 400 }))
    expect(rule.next(2000, 6, advice(1.5, { rate: 450 })).workers).toBe(9)
  })

  it('keep what is enough, whether it got more done or the load went', () => {
    const rule = steps()
    rule.next(0, 4, advice(1.5, { rate: 400 }))
    expect(rule.next(2000, 6, advice(1, { rate: 400 })).workers).toBe(6)
  })

  it('do not judge a number that is no longer theirs', () => {
    const rule = steps()
    rule.next(0, 4, advice(1.5, { rate: 400 }))
    expect(rule.next(2000, 8, advice(1.5, { rate: 400 })).workers).toBe(12)
  })

  it('try what did not help again as soon as the cooldown is over, and fewer than that at any time', () => {
    const full = advice(1.5, { rate: 400 })
    const refused = (): ScaleSteps => {
      const rule = steps()
      rule.next(0, 4, full)
      expect(rule.next(2000, 6, full).workers).toBe(4)
      return rule
    }
    const rule = refused()
    expect(rule.next(31_999, 4, full).workers).toBe(4)
    expect(rule.next(32_000, 4, full).workers).toBe(6)
    expect(refused().next(3000, 2, full).workers).toBe(3)
  })

  it('are judged by eight items for each worker, which slow work takes its time for', () => {
    const path = play(steps(), 4, 8, () => advice(1.5, { rate: 8 }))
    expect(path).toEqual([6, 6, 6, 6, 6, 6, 4, 4])
  })

  it('are not judged at all when work takes so long that nothing can be said of it', () => {
    const path = play(steps(), 4, 22, () => advice(1.5, { rate: 1 }))
    expect(path).toEqual([...Array.from({ length: 20 }, () => 6), 9, 9])
  })

  it('go up at once after a wait for workers of which none were to come', () => {
    const rule = steps()
    rule.wait(0)
    expect(rule.next(1000, 4, advice(1.5)).workers).toBe(6)
  })

  it('keep what helped, though it is not enough yet', () => {
    const path = play(steps(), 2, 12, (workers) => advice(20 / workers, { rate: workers * 10 }))
    expect(path.at(-1)).toBe(16)
  })
})
