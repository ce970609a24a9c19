import { expect, test } from 'vitest'
import { limit, tide } from '../gates/index.ts'
import { simulation } from './simulation.ts'
import type { Workload } from './workload.ts'

interface Request {
  readonly tenant: string
  readonly level: 0 | 1
}

/** Three times what four servers can do, for three seconds; one of ten requests matters most. */
const workload: Workload<Request> = {
  phases: [{ for: '3s', perSecond: 600 }],
  item: (_, random) => ({ tenant: random.next() < 0.6 ? 'greedy' : 'modest', level: random.next() < 0.1 ? 0 : 1 }),
  work: { time: '20ms', servers: 4 },
  ask: ({ tenant, level }) => ({ key: tenant, level }),
  who: ({ tenant, level }) => (level === 0 ? 'critical' : tenant),
  patience: '1s',
}

test('gates are compared as strategies are, on requests that ask when they arrive', async () => {
  const { outcomes, strategy } = await simulation({
    workload,
    strategies: {
      'no limit': ({ clock }) => limit(100_000, { clock }),
      'limit 4': ({ clock }) => limit(4, { clock }),
      tide: ({ clock }) => limit(tide(), { clock }),
      'first come, first served': ({ arrivals, work }) =>
        arrivals.buffer(1000, 'drop-newest').mapAsync(work, { concurrency: 4, order: 'completion' }),
    },
  }).run()
  const by = Object.fromEntries(outcomes.map((outcome) => [outcome.strategy, outcome]))

  expect(['limit 4', 'tide']).toContain(strategy)
  expect((by['no limit']?.done ?? 0) - (by['no limit']?.late ?? 0)).toBeLessThan(350)
  for (const name of ['limit 4', 'tide']) {
    const { done = 0, late = 0, lost = {}, arrived = 0, unfinished, shares } = by[name] ?? {}
    expect((done - late) / 600).toBeGreaterThan(0.9)
    expect(Object.values(lost).reduce((sum, count) => sum + count, done)).toBe(arrived)
    expect(unfinished).toBe(0)
    expect(shares?.['critical']?.inTime).toBeGreaterThan(0.99 * (shares?.['critical']?.arrived ?? Infinity))
    const [greedy, modest] = [shares?.['greedy']?.inTime ?? 0, shares?.['modest']?.inTime ?? 0]
    expect(greedy / modest).toBeLessThan(1.2)
  }
  expect(by['first come, first served']?.shares?.['critical']?.inTime).toBeLessThan(300)
  expect(by['tide']?.bound).toBe(by['tide']?.mostHeld)
})

test('work that fails under a gate is lost as failed, and its permit comes back', async () => {
  const { outcomes } = await simulation({
    workload: { phases: [{ for: '1s', perSecond: 100 }], work: { time: '1ms', failing: 0.5 } },
    strategies: { gate: ({ clock }) => limit(5, { clock }) },
  }).run()
  const [outcome] = outcomes
  expect(outcome?.lost['failed']).toBeGreaterThan(20)
  expect(outcome?.done).toBeGreaterThan(20)
  expect(outcome?.unfinished).toBe(0)
})

test('says which option is wrong', () => {
  const strategies = { gate: () => limit(5) }
  expect(() => simulation({ workload: { ...workload, ask: 5 as never }, strategies: strategies as never })).toThrow(
    'ask: ',
  )
  expect(() => simulation({ workload: { ...workload, who: 5 as never }, strategies: strategies as never })).toThrow(
    'who: ',
  )
})
