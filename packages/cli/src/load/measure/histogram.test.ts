import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Histogram } from './histogram.ts'

test('every percentile is within 0.4 % of the value that it stands for', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.001, max: 2_000_000, noNaN: true }), { minLength: 1 }), (values) => {
      const histogram = new Histogram()
      for (const value of values) histogram.record(value)
      const sorted = values.toSorted((a, b) => a - b)

      for (const share of [0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
        const exact = sorted[Math.max(1, Math.ceil(share * values.length - 1e-9)) - 1]!
        // Half a bucket, and half of the microsecond to which values are rounded.
        expect(Math.abs(histogram.at(share) - exact)).toBeLessThanOrEqual(exact * 0.004 + 0.0006)
      }
      expect(histogram.max).toBe(sorted.at(-1))
      expect(histogram.count).toBe(values.length)
    }),
  )
})

test('what is longer than 35 minutes counts as that, and its maximum stays exact', () => {
  const histogram = new Histogram()
  histogram.record(1e9)

  expect(histogram.at(0.5)).toBeCloseTo(2 ** 31 / 1000, -5)
  expect(histogram.max).toBe(1e9)
})

test('nothing recorded is 0 everywhere', () => {
  const histogram = new Histogram()

  expect([histogram.at(0.99), histogram.max, histogram.mean, histogram.count]).toEqual([0, 0, 0, 0])
})
