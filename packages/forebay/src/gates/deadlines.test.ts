import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { Deadlines, deadlinesOf } from './deadlines.ts'
import type { Due } from './deadlines.ts'

function due(dueAt: number, expire: () => void): Due {
  return { dueAt, heapIndex: -1, expire }
}

describe('deadlines', () => {
  it('expire in order, each at its time, unless removed, under any schedule, on one timer', () => {
    const step = fc.record({
      add: fc.constantFrom(true, true, true, false),
      ms: fc.integer({ min: 0, max: 3000 }),
      at: fc.nat(),
      pause: fc.integer({ min: 0, max: 40 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const clock = new VirtualClock()
        const deadlines = new Deadlines(clock)
        const waiting = new Set<Due>()
        let last = 0
        for (const { add, ms, at, pause } of steps) {
          if (add) {
            const dueAt = clock.now() + ms
            const item = due(dueAt, () => {
              expect(waiting.delete(item)).toBe(true)
              expect(clock.now()).toBe(dueAt)
              expect(dueAt).toBeGreaterThanOrEqual(last)
              last = dueAt
            })
            waiting.add(item)
            deadlines.add(item)
          } else {
            const item = [...waiting][at % Math.max(1, waiting.size)]
            if (item !== undefined) {
              waiting.delete(item)
              deadlines.remove(item)
              deadlines.remove(item)
            }
          }
          expect(clock.pending).toBeLessThanOrEqual(1)
          clock.advanceSync(pause)
          expect(Math.min(...[...waiting].map((item) => item.dueAt))).toBeGreaterThan(clock.now())
        }
        clock.advanceSync(3001)
        expect(waiting.size).toBe(0)
        clock.advanceSync(50)
        expect(clock.pending).toBe(0)
      }),
    )
  })

  it('keep a finished process alive for 50 ms at most', () => {
    const clock = new VirtualClock()
    const deadlines = new Deadlines(clock)
    const long = due(3_600_000, () => {})
    deadlines.add(long)
    clock.advanceSync(1000)
    expect(clock.pending).toBe(1)
    deadlines.remove(long)
    expect(clock.pending).toBe(0)

    const brief = due(3_600_000, () => {})
    deadlines.add(brief)
    deadlines.remove(brief)
    expect(clock.nextAt).toBe(clock.now() + 50)
  })

  it('wait longer than a timer can', () => {
    const clock = new VirtualClock()
    const deadlines = new Deadlines(clock)
    const year = 365 * 24 * 3_600_000
    let at = 0
    deadlines.add(due(year, () => (at = clock.now())))
    clock.advanceSync(year - 1)
    expect(at).toBe(0)
    clock.advanceSync(1)
    expect(at).toBe(year)
  })

  it('go on when one of them throws', () => {
    const clock = new VirtualClock()
    const deadlines = deadlinesOf(clock)
    expect(deadlinesOf(clock)).toBe(deadlines)
    let ran = 0
    deadlines.add(
      due(10, () => {
        throw new Error('mine')
      }),
    )
    deadlines.add(due(10, () => ran++))
    expect(() => clock.advanceSync(10)).toThrow('mine')
    clock.advanceSync(0)
    expect(ran).toBe(1)
  })
})
