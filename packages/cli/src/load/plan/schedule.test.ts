import { describe, expect, test } from 'vitest'
import { checkPlan } from './check-plan.ts'
import type { LoadPhase, LoadPlan } from './plan.ts'
import { schedule, type Arrival } from './schedule.ts'

function arrivals(...phases: LoadPhase[]): Arrival[] {
  return [...schedule(checkPlan({ url: 'http://127.0.0.1/', arrivals: 'even', phases }))]
}

const times = (list: readonly Arrival[]): number[] => list.map(({ at }) => Math.round(at * 1e6) / 1e6)

describe('an even schedule', () => {
  test('has one request at each multiple of the gap, and none more', () => {
    expect(times(arrivals({ for: 10, rate: '500/s' }))).toEqual([0, 2, 4, 6, 8])
    expect(arrivals({ for: '10s', rate: '500/s' })).toHaveLength(5000)
    expect(arrivals({ for: '1s', rate: 70 }, { for: '1s', rate: 70 })).toHaveLength(140)
    expect(times(arrivals({ for: '1m', rate: '2/m' }))).toEqual([0, 30_000])
  })

  test('carries what is left of a gap into the next phase', () => {
    expect(times(arrivals({ for: 15, rate: 100 }, { for: 20, rate: 200 }))).toEqual([0, 10, 17.5, 22.5, 27.5, 32.5])
  })

  test('follows a ramp: n requests have come where its integral is n', () => {
    const ramp = times(arrivals({ for: '10s', rate: 0, to: '100/s' }))

    expect(ramp).toHaveLength(500)
    for (const [n, at] of ramp.entries()) expect(0.00001 * 0.5 * at * at).toBeCloseTo(n, 6)
    const fall = times(arrivals({ for: '10s', rate: '100/s', to: 0 }))
    expect(fall).toHaveLength(500)
    expect(fall.filter((at) => at < 5000)).toHaveLength(375)
  })

  test('adds bursts, all of one at one instant', () => {
    expect(times(arrivals({ for: 30, rate: 100, burst: { every: 15, size: 2 } }))).toEqual([0, 0, 0, 10, 15, 15, 20])
    expect(times(arrivals({ for: 30, rate: 0, burst: { every: 20, size: 1 } }))).toEqual([0, 20])
  })

  test('sends the first rate while it warms up, under no phase', () => {
    const plan: LoadPlan = {
      url: 'http://127.0.0.1/',
      arrivals: 'even',
      warmUp: 20,
      phases: [{ for: 20, rate: 100, to: 300, burst: { every: 10, size: 5 } }],
    }
    const before = [...schedule(checkPlan(plan))].filter(({ phase }) => phase === -1)

    expect(times(before)).toEqual([-20, -10])
  })

  test('knows the phase of every request', () => {
    expect(arrivals({ for: 20, rate: 100 }, { for: 10, rate: 200 }).map(({ phase }) => phase)).toEqual([0, 0, 1, 1])
  })
})

describe('a random schedule', () => {
  const plan: LoadPlan = { url: 'http://127.0.0.1/', phases: [{ for: '100s', rate: '1000/s' }], seed: 7 }

  test('is a Poisson process: counts of a second have a variance like their mean', () => {
    const counts = Array.from({ length: 100 }, () => 0)
    for (const { at } of schedule(checkPlan(plan))) counts[Math.floor(at / 1000)]!++
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1)

    expect(mean).toBeGreaterThan(990)
    expect(mean).toBeLessThan(1010)
    expect(variance / mean).toBeGreaterThan(0.6)
    expect(variance / mean).toBeLessThan(1.5)
  })

  test('is the same for the same seed', () => {
    const first = (seed: number): number[] =>
      times([...schedule(checkPlan({ ...plan, seed, phases: [{ for: '1s', rate: 50 }] }))])

    expect(first(1)).toEqual(first(1))
    expect(first(1)).not.toEqual(first(2))
  })
})

test('tenants, levels and requests get their shares, independently, and a phase may have its own', () => {
  const plan: LoadPlan = {
    url: 'http://127.0.0.1/',
    phases: [
      { for: '10s', rate: '1000/s' },
      { for: '10s', rate: '1000/s', tenants: { b: 1 } },
    ],
    tenants: { a: 9, b: 1 },
    levels: { 0: 1, 3: 3 },
    requests: [{ share: 1 }, { share: 4, path: '/other' }],
  }
  const all = [...schedule(checkPlan(plan))]
  const first = all.filter(({ phase }) => phase === 0)
  const share = (of: readonly Arrival[], is: (arrival: Arrival) => boolean): number => of.filter(is).length / of.length

  expect(share(first, ({ tenant }) => tenant === 0)).toBeCloseTo(0.9, 1)
  expect(share(first, ({ level }) => level === 0)).toBeCloseTo(0.25, 1)
  expect(share(first, ({ request }) => request === 1)).toBeCloseTo(0.8, 1)
  expect(share(first, ({ tenant, level }) => tenant === 1 && level === 0)).toBeCloseTo(0.025, 1)
  expect(all.filter(({ phase }) => phase === 1).every(({ tenant }) => tenant === 1)).toBe(true)
})
