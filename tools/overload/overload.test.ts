import { describe, expect, it } from 'vitest'
import { limit } from '../../packages/forebay/src/gates/limit/limit.ts'
import { lognormal } from './backend.ts'
import { bars, missed } from './bars.ts'
import { cases } from './cases.ts'
import { figuresOf } from './figures.ts'
import { playCase } from './suite.ts'
import { table } from './table.ts'
import { World } from './world.ts'

/** The two of ten minutes are left to `npm run simulate:overload`, and so is what takes seconds and shows little more. */
const long = new Set(['drift 2x', '10x', 'knee 20 to 204', 'fleet 8, 5x'])

describe('the overload suite', () => {
  it.each(Object.keys(bars).filter((name) => !long.has(name)))(
    'tide reaches its bars: %s',
    async (name) => expect(missed(name, await playCase(name, 'tide', 1))).toEqual([]),
    60_000,
  )

  it('has a case for every bar, and bars that can be missed', async () => {
    for (const name of Object.keys(bars)) expect(cases).toHaveProperty([name])
    const open = await playCase('2x', 'none', 1)
    expect(missed('2x', open)).toEqual([
      expect.stringMatching(/^2x: goodput is 0\.0\d+, expected at least 0\.97$/),
      expect.stringContaining('p99'),
    ])
  })

  it('shows what a limit of the wrong size does', async () => {
    const [high, low] = [await playCase('thrash 3x', 'limit 200', 1), await playCase('slow x4', 'tide', 1)]
    expect(high.goodput).toBeLessThan(0.5)
    expect(table([high, low])).toMatch(/^thrash 3x +0\.\d\d +\d+$/m)
  })

  it('gives the same figures for the same seed', async () => {
    const [one, two] = [await playCase('cv 2', 'vegas', 1), await playCase('cv 2', 'vegas', 1)]
    expect({ ...two, cpuMs: 0 }).toEqual({ ...one, cpuMs: 0 })
  })

  it('counts every request once, and keeps to the physics of its backend', async () => {
    const scenario = {
      seconds: 20,
      backend: { workers: 2, serviceMs: lognormal(10, 0), networkMs: 2 },
      clients: [{ name: 'all', rate: () => ({ perSecond: 400, until: Infinity }) }],
      possible: 200,
    }
    const world = new World(scenario, 5, (clock) => limit(4, { clock, line: 0 }))
    const played = await world.play()
    const all = played.clients.get('all')

    expect(all?.asked).toBe((all?.inTime ?? 0) + (all?.refused ?? 0))
    expect(all?.asked).toBeGreaterThan(7600)
    expect(all?.latencies.percentile(0)).toBeCloseTo(12, 6)
    expect(all?.latencies.percentile(1)).toBeLessThanOrEqual(22.001) // two ahead, two at work
    expect(figuresOf(played, scenario).goodput).toBeLessThanOrEqual(1)
    expect(world.backend.inFlight).toBe(0)
  })
})
