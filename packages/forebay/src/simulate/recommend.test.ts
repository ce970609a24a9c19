import { expect, test } from 'vitest'
import { checkGoal, inWords, missedGoals, missedShare, percent } from './goal.ts'
import { recommend } from './recommend.ts'
import type { Outcome } from './try-strategy.ts'

function outcome(strategy: string, done: number, p99: number, more: Partial<Outcome> = {}): Outcome {
  const latency = { p50: p99 / 2, p95: p99, p99, max: p99 }
  const rest = { late: 0, lost: {}, unfinished: 0, mostHeld: 0, mostWaiting: 0, bound: 10, busy: 1, samples: [] }
  return { strategy, arrived: 1000, done, latency, ...rest, ...more }
}

test('takes the one that misses the fewest jobs', () => {
  const { strategy, why } = recommend([outcome('a', 900, 10), outcome('b', 990, 500), outcome('c', 800, 1)], {})

  expect(strategy).toBe('b')
  expect(why).toBe(
    'b misses 1.0 % of the jobs, has a p99 of 500 ms and may hold 10; next is a, which misses 10.0 % of the jobs, has a p99 of 10 ms and may hold 10',
  )
})

test('takes the faster of two that miss the same, and the smaller of two that are as fast', () => {
  expect(recommend([outcome('slow', 1000, 500), outcome('fast', 1000, 20)], {}).strategy).toBe('fast')
  expect(recommend([outcome('big', 1000, 20), outcome('small', 1000, 20, { bound: 5 })], {}).strategy).toBe('small')
})

test('takes none that breaks the goal', () => {
  const outcomes = [outcome('late', 1000, 500), outcome('lossy', 900, 10), outcome('big', 999, 10, { bound: Infinity })]

  expect(recommend(outcomes, { p99: '100ms' }).strategy).toBe('big')
  expect(recommend(outcomes, { p99: '100ms', held: 100 }).strategy).toBe('lossy')
  expect(recommend(outcomes, { p99: '100ms', held: 100, missed: 0.05 })).toEqual({
    why: 'none keeps the goal; nearest is late: p99 is 500 ms, not 100 ms',
  })
})

test('says all that a strategy breaks', () => {
  const broken = outcome('broken', 500, 20_000, { late: 100, bound: Infinity, error: 'it broke' })

  expect(missedShare(broken)).toBe(0.6)
  expect(missedGoals(broken, { p99: '1s', missed: 0.01, held: 10 })).toEqual([
    'it fails: it broke',
    'p99 is 20 s, not 1.0 s',
    '60 % of the jobs are missed, not 1.0 %',
    'it may hold any number of jobs, not 10',
  ])
})

test('a strategy that does nothing keeps no goal by being quick', () => {
  expect(recommend([outcome('nothing', 0, 0), outcome('something', 10, 100)], {}).strategy).toBe('something')
})

test('goals are checked', () => {
  expect(() => checkGoal({ missed: 2 })).toThrow('goal.missed: ')
  expect(() => checkGoal({ held: -1 })).toThrow('goal.held: ')
  expect(() => checkGoal({ p99: '1 year' as '1s' })).toThrow('goal.p99: ')
  expect(() => checkGoal(null as never)).toThrow('goal: ')
})

test('figures are for people', () => {
  expect([0.4, 12, 1234, 65_000].map(inWords)).toEqual(['0.4 ms', '12 ms', '1.2 s', '65 s'])
  expect([0, 0.0001, 0.015, 0.5, 1].map(percent)).toEqual(['0 %', '< 0.1 %', '1.5 %', '50 %', '100 %'])
})
