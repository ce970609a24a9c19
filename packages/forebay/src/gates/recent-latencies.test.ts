import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RecentLatencies } from './recent-latencies.ts'

it('knows every quantile of the last thousand samples at least, to within five percent', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.1, max: 60_000, noNaN: true }), { minLength: 20, maxLength: 900 }),
      fc.double({ min: 0.01, max: 0.999, noNaN: true }),
      (samples, share) => {
        const latencies = new RecentLatencies()
        for (const ms of samples) latencies.record(ms)
        const sorted = samples.toSorted((a, b) => a - b)
        const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number
        expect(latencies.quantile(share) / exact).toBeGreaterThan(0.999)
        expect(latencies.quantile(share) / exact).toBeLessThan(1.051)
      },
    ),
  )
})

it('says nothing while it knows little, and forgets what was long ago', () => {
  const latencies = new RecentLatencies()
  for (let i = 0; i < 19; i++) latencies.record(5)
  expect(latencies.quantile(0.5)).toBe(Infinity)
  latencies.record(5)
  expect(latencies.quantile(0.5)).toBeCloseTo(5, 0)
  for (let i = 0; i < 2000; i++) latencies.record(100)
  expect(latencies.quantile(0.01)).toBeGreaterThan(99)
})

it('takes no sample that is no time', () => {
  const latencies = new RecentLatencies()
  for (const ms of [NaN, -1, -Infinity]) for (let i = 0; i < 30; i++) latencies.record(ms)
  expect(latencies.quantile(0.5)).toBe(Infinity)
  for (let i = 0; i < 30; i++) latencies.record(Infinity)
  expect(latencies.quantile(0.5)).toBeGreaterThan(200_000)
})
