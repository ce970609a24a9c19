import { describe, expect, it } from 'vitest'
import { DrainMeter } from './drain-meter.ts'

describe('DrainMeter', () => {
  it('measures a steady rate', () => {
    const meter = new DrainMeter(500)
    for (let now = 500; now < 30_500; now += 10) meter.add(2, now)
    expect(meter.perSecond(30_500)).toBeCloseTo(200, 0)
  })

  it('measures from its start while it is young', () => {
    const meter = new DrainMeter(0)
    meter.add(100, 500)
    expect(meter.perSecond(1000)).toBeCloseTo(100)
  })

  it('forgets what is older than ten seconds', () => {
    const meter = new DrainMeter(0)
    meter.add(1000, 0)
    expect(meter.perSecond(9_000)).toBeGreaterThan(100)
    expect(meter.perSecond(10_000)).toBe(0)
    meter.add(5, 100_000)
    expect(meter.perSecond(100_000)).toBeGreaterThan(0)
  })
})
