import { expect, test } from 'vitest'
import { closingLine, sum, tally } from './tally.ts'

const file = (status: string, ...tests: string[]) => ({
  name: 'a.test.ts',
  status,
  assertionResults: tests.map((each) => ({ status: each })),
})

test('counts passed, failed and skipped tests over all files', () => {
  const report = {
    success: false,
    testResults: [file('passed', 'passed', 'pending'), file('failed', 'passed', 'failed', 'todo')],
  }

  expect(tally(report, 1)).toEqual({ passed: 2, failed: 1, skipped: 2 })
})

test('counts a file that never got to its tests as a failure', () => {
  expect(tally({ success: false, testResults: [file('failed')] }, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('counts a red run as a failure even when every test passed', () => {
  const green = [file('passed', 'passed')]

  expect(tally({ success: true, testResults: green }, 0).failed).toBe(0)
  expect(tally({ success: true, testResults: green }, 1).failed).toBe(1)
  expect(tally({ success: false, testResults: green }, 0).failed).toBe(1)
})

test('counts a run without a report as a failure', () => {
  expect(tally(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('adds runs up to one closing line', () => {
  const total = sum([
    { passed: 3, failed: 0, skipped: 1 },
    { passed: 4, failed: 2, skipped: 0 },
  ])

  expect(closingLine(total)).toBe('7 passed, 2 failed, 1 skipped')
})
