import { describe, expect, test } from 'vitest'
import { limit } from '../gates/index.ts'
import { seededRandom } from '../kernel/random.ts'
import { arrivalTimes, arrivedBy } from './arrivals.ts'
import { simulation, type SimulationOptions } from './simulation.ts'
import type { Outcome, Strategy } from './try-strategy.ts'
import { checkWorkload, type Workload } from './workload.ts'

/** Twice what two servers can do, for two seconds. */
const spike: Workload = {
  phases: [
    { for: '2s', perSecond: 50 },
    { for: '2s', perSecond: 400 },
    { for: '2s', perSecond: 50 },
  ],
  work: { time: '10ms', servers: 2 },
}
const options = { concurrency: 2, order: 'completion' } as const
const strategies: Record<string, Strategy> = {
  unbounded: ({ arrivals, work }) => arrivals.ignoreBackpressure().mapAsync(work, options),
  waiting: ({ backlog, work }) => backlog.mapAsync(work, options),
  oldest: ({ arrivals, work }) => arrivals.buffer(32, 'drop-oldest').mapAsync(work, options),
  newest: ({ arrivals, work }) => arrivals.buffer(32, 'drop-newest').mapAsync(work, options),
  failing: ({ arrivals, work }) => arrivals.buffer(32, 'fail').mapAsync(work, options),
  gated: ({ arrivals, work, clock }) =>
    arrivals.buffer(32, 'drop-oldest').mapAsync(work, { ...options, gate: limit(1, { clock }) }),
}

async function outcomesOf(more: Partial<SimulationOptions> = {}): Promise<Record<string, Outcome>> {
  const { outcomes } = await simulation({ workload: spike, strategies, ...more }).run()
  return Object.fromEntries(outcomes.map((outcome) => [outcome.strategy, outcome]))
}

const lostBy = ({ lost }: Outcome): number => Object.values(lost).reduce((sum, count) => sum + count, 0)

test('the same seed gives the same result, another one does not', async () => {
  const compare = simulation({ workload: spike, strategies })
  const first = await compare.run({ seed: 7 })

  expect(await compare.run({ seed: 7 })).toEqual(first)
  expect(await compare.run({ seed: 8 })).not.toEqual(first)
})

test('every job is done, lost by a reason, or unfinished', async () => {
  for (const outcome of Object.values(await outcomesOf({ drainFor: '1s' }))) {
    expect(outcome.done + lostBy(outcome) + outcome.unfinished).toBe(outcome.arrived)
    expect(outcome.samples.reduce((sum, { arrived }) => sum + arrived, 0)).toBeLessThanOrEqual(outcome.arrived)
  }
})

test('what is held when the time is up is unfinished, not lost', async () => {
  const { unbounded } = await outcomesOf({ drainFor: 0 })

  expect(unbounded?.lost).toEqual({})
  expect(unbounded?.unfinished).toBeGreaterThan(0)
})

test('a job that takes no time that could pass fails the strategy', async () => {
  const { waiting } = await outcomesOf({ workload: { ...spike, work: { time: () => Number.NaN } } })

  expect(waiting?.error).toBe('work: a job takes a time ≥ 0 in ms, got NaN')
})

test('a strategy does what its name says', async () => {
  const { unbounded, waiting, oldest, newest, failing, gated } = (await outcomesOf()) as Record<string, Outcome> & {
    [name: string]: Outcome
  }

  expect(unbounded).toMatchObject({ lost: {}, unfinished: 0, bound: Infinity, mostWaiting: 0 })
  expect(waiting).toMatchObject({ lost: {}, unfinished: 0, done: unbounded?.done })
  expect(waiting?.mostWaiting).toBeGreaterThan(100)
  expect(waiting?.mostHeld).toBeLessThanOrEqual(waiting?.bound ?? 0)
  expect(oldest?.lost).toEqual({ 'drop-oldest': expect.any(Number) })
  expect(newest?.lost).toEqual({ 'drop-newest': expect.any(Number) })
  expect(oldest?.latency?.max).toBeLessThan(unbounded?.latency?.max ?? 0)
  expect(failing?.error).toContain('full with 32 items')
  expect(failing?.unfinished).toBeGreaterThan(0)
  expect(gated?.busy).toBeLessThan((oldest?.busy ?? 0) * 0.7)
})

test('a line at one server is as long as queueing theory says', async () => {
  const work = { time: (_: number, random: { next(): number }) => -Math.log(1 - random.next()) * 8, servers: 1 }
  const workload = { phases: [{ for: '1000s' as const, perSecond: 50 }], work }
  const { only } = await outcomesOf({
    workload,
    strategies: { only: ({ backlog, work: ask }) => backlog.mapAsync(ask) },
  })

  // M/M/1: what is 40 % busy makes latencies exponential with a mean of 8 / (1 − 0.4) ms.
  const mean = 8 / (1 - 0.4)
  expect(only?.busy).toBeCloseTo(0.4, 1)
  expect(Math.abs((only?.latency?.p50 ?? 0) / (mean * Math.log(2)) - 1)).toBeLessThan(0.05)
  expect(Math.abs((only?.latency?.p99 ?? 0) / (mean * Math.log(100)) - 1)).toBeLessThan(0.1)
})

describe('work', () => {
  const even: Workload = { phases: [{ for: '1s', perSecond: 20, arrivals: 'even' }], work: { time: 10, spread: 0 } }
  const one: Record<string, Strategy> = { one: ({ backlog, work }) => backlog.mapAsync(work, { onError: 'resume' }) }

  test('takes longer in a phase that is slow', async () => {
    const { one: usual } = await outcomesOf({ workload: even, strategies: one })
    const phases = [{ ...even.phases[0], slow: 3 }] as Workload['phases']
    const { one: slow } = await outcomesOf({ workload: { ...even, phases }, strategies: one })

    expect([usual?.latency?.max, slow?.latency?.max].map((ms) => Math.round(ms ?? 0))).toEqual([10, 30])
  })

  test('takes longer where many wait, if it is said to', async () => {
    const strategy: Strategy = ({ backlog, work }) => backlog.mapAsync(work, { concurrency: 8 })
    const workload = { ...even, work: { ...even.work, time: 100, crowding: (waiting: number) => 1 + waiting } }
    const { crowded } = await outcomesOf({ workload, strategies: { crowded: strategy } })

    expect(crowded?.latency?.max).toBeGreaterThan(1000)
  })

  test('fails as often as it is said to', async () => {
    const workload = { ...even, phases: [{ for: '50s' as const, perSecond: 20 }], work: { time: 1, failing: 0.25 } }
    const { one: failing } = await outcomesOf({ workload, strategies: one })

    expect(lostBy(failing as Outcome) / (failing?.arrived ?? 0)).toBeCloseTo(0.25, 1)
  })

  test('that nobody waits for any more leaves the line', async () => {
    const patient: Strategy = ({ arrivals, work }) => arrivals.buffer(1000, 'drop-newest').mapAsync(work, options)
    const hasty: Strategy = ({ arrivals, work }) =>
      arrivals.buffer(1000, 'drop-newest').mapAsync(work, { concurrency: 64, timeout: '50ms', onError: 'resume' })
    const outcomes = await outcomesOf({ workload: spike, strategies: { patient, hasty } })

    expect(outcomes['hasty']?.latency?.max).toBeLessThanOrEqual(outcomes['patient']?.latency?.max ?? 0)
    expect(lostBy(outcomes['hasty'] as Outcome)).toBeGreaterThan(0)
    expect(outcomes['hasty']).toMatchObject({ unfinished: 0 })
  })
})

test('arrivals come at their rate, each phase at its own', () => {
  const stretches = checkWorkload({
    phases: [
      { for: '100s', perSecond: 100 },
      { for: '10s', perSecond: 0 },
      { for: '10s', perSecond: 10, arrivals: 'even' },
    ],
    work: { time: 1 },
  })
  const times = arrivalTimes(stretches, seededRandom(1))

  expect(arrivedBy(times, 100_000) / 10_000).toBeCloseTo(1, 1)
  expect(arrivedBy(times, 110_000)).toBe(arrivedBy(times, 100_000))
  expect(times.length - arrivedBy(times, 110_000)).toBe(99)
  expect(times).toEqual(times.toSorted())
})

test('a strategy whose items are no jobs, or come twice, is refused', async () => {
  const broken = { broken: (({ backlog }) => backlog.map(({ value }) => value)) as Strategy<any> }
  const { broken: outcome } = await outcomesOf({ strategies: broken })

  expect(outcome?.error).toContain('every job come out once')
})

test.each<[string, unknown]>([
  ['phases', { phases: [] }],
  ['phases[0].for', { phases: [{ for: 0, perSecond: 1 }] }],
  ['phases[0].perSecond', { phases: [{ for: 1, perSecond: -1 }] }],
  ['phases[0].arrivals', { phases: [{ for: 1, perSecond: 1, arrivals: 'odd' }] }],
  ['phases[0].slow', { phases: [{ for: 1, perSecond: 1, slow: 0 }] }],
  ['work.time', { work: { time: '1 day' } }],
  ['work.servers', { work: { time: 1, servers: 0 } }],
  ['work.failing', { work: { time: 1, failing: 2 } }],
  ['work.spread', { work: { time: 1, spread: Number.NaN } }],
  ['work', { work: null }],
  ['item', { item: 3 }],
  ['patience', { patience: 'long' }],
])('%s is checked before anything runs', (name, wrong) => {
  const workload = { ...spike, ...(wrong as object) }

  expect(() => simulation({ workload, strategies })).toThrow(`${name}: `)
})

test('a workload of too many jobs is refused', async () => {
  const workload = { ...spike, phases: [{ for: '1h' as const, perSecond: 100_000 }] }

  await expect(simulation({ workload, strategies }).run()).rejects.toMatchObject({ code: 'FOREBAY_OVERFLOW' })
})
