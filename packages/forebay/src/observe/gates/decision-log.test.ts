import { expect, test } from 'vitest'
import { DecisionLog } from './decision-log.ts'

test('tells alike refusals of a second as one, with the words of the last', () => {
  const log = new DecisionLog(10)
  for (let ms = 0; ms < 1500; ms += 100) log.refused(ms % 200 === 0 ? 'a' : 'b', `at ${ms}`, ms)

  expect(log.newest()).toEqual([
    { wall: 1400, kind: 'shed', text: 'at 1400', count: 3 },
    { wall: 1300, kind: 'shed', text: 'at 1300', count: 2 },
    { wall: 900, kind: 'shed', text: 'at 900', count: 5 },
    { wall: 800, kind: 'shed', text: 'at 800', count: 5 },
  ])
})

test('keeps so many refusals, and changes beside them that a storm does not wash away', () => {
  const log = new DecisionLog(3)
  log.changed('limit', 'limit 40 → 32', 5)
  for (let i = 0; i < 1000; i++) log.refused(`caller ${i}`, `caller ${i}`, 10 + i)

  expect(log.newest().map(({ text }) => text)).toEqual(['caller 999', 'caller 998', 'caller 997', 'limit 40 → 32'])
  for (let i = 0; i < 10; i++) log.changed('breaker', `change ${i}`, 2000 + i)
  expect(log.newest()).toHaveLength(6)
})
