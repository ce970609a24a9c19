import fc from 'fast-check'
import { expect, test } from 'vitest'
import { delayStep, delaySteps } from './delay-steps.ts'

test('has 22 steps from 10 ms to 28 hours', () => {
  expect(delaySteps.slice(0, 5)).toEqual([10, 20, 50, 100, 200])
  expect(delaySteps).toHaveLength(22)
  expect(delaySteps.at(-1)).toBe(100_000_000)
})

test('takes the step itself when the delay is one', () => {
  for (const step of delaySteps) expect(delayStep(step)).toBe(step)
})

test('waits for every delay at least as long as asked and at most a quarter (or 10 ms) longer, in few steps', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100_000_000 }), (ms) => {
      let waited = 0
      let hops = 0
      while (waited < ms) {
        waited += delayStep(ms - waited)
        hops++
      }
      expect(waited).toBeLessThanOrEqual(ms * 1.25 + 10)
      expect(hops).toBeLessThanOrEqual(14)
    }),
  )
})
