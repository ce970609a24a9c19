import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SlidingCounts } from './sliding-counts.ts'

it('counts everything of the last nine tenths of the window and nothing older than the window', () => {
  const step = fc.record({
    pause: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 2500 })),
    kind: fc.integer({ min: 0, max: 1 }),
    amount: fc.integer({ min: 1, max: 5 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const counts = new SlidingCounts(1000, 2)
      const log: { at: number; kind: number; amount: number }[] = []
      let now = 123.5
      for (const { pause, kind, amount } of steps) {
        now += pause
        counts.add(kind, amount, now)
        log.push({ at: now, kind, amount })
        for (const each of [0, 1]) {
          const since = (ms: number): number =>
            log.reduce((sum, entry) => sum + (entry.kind === each && entry.at > now - ms ? entry.amount : 0), 0)
          expect(counts.total(each, now)).toBeGreaterThanOrEqual(since(900))
          expect(counts.total(each, now)).toBeLessThanOrEqual(since(1000.001))
        }
      }
    }),
  )
})

it('neither loses nor keeps for ever what it has counted when the clock goes back', () => {
  const counts = new SlidingCounts(1000, 1)
  counts.add(0, 5, 1e6)
  expect(counts.total(0, 1000)).toBe(5)
  counts.add(0, 1, 1500)
  expect(counts.total(0, 1500)).toBe(6)
  expect(counts.total(0, 2100)).toBe(1)
  expect(counts.total(0, 2600)).toBe(0)
})
