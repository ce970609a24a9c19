import { describe, expect, test } from 'vitest'
import { failuresOf, flakesOf, type Failure, type Round } from './flakes.ts'

const failure = (name: string): Failure => ({ file: 'a.test.ts', test: name, message: 'no' })
const round = (runtime: string, seed: number, ...failed: string[]): Round => ({
  runtime,
  seed,
  passed: 9,
  failures: failed.map(failure),
  ms: 1,
  replay: `again ${seed}`,
})

describe('the rounds', () => {
  test('tell a flake from a test that is broken on one runtime, with the first seed that shows it', () => {
    const rounds = [
      round('Node 20', 1),
      round('Node 20', 2, 'now and then'),
      round('Node 20', 3, 'now and then'),
      round('Node 26', 1, 'never'),
      round('Node 26', 2, 'never'),
    ]

    expect(flakesOf(rounds)).toMatchObject([
      { test: 'now and then', failed: 2, of: 3, always: false, runtimes: ['Node 20'], seed: 2, replay: 'again 2' },
      { test: 'never', failed: 2, of: 2, always: true, runtimes: ['Node 26'], seed: 1 },
    ])
  })

  test('of which none failed have no flake', () => {
    expect(flakesOf([round('Node 20', 1), round('Chromium', 1)])).toEqual([])
  })
})

describe('a round', () => {
  const report = (success: boolean, status: string, ...tests: string[]) => ({
    success,
    testResults: [
      {
        name: '/here/a.test.ts',
        status,
        message: 'the file does not load',
        assertionResults: tests.map((each) => ({ status: each, fullName: each, failureMessages: ['because'] })),
      },
    ],
  })

  test('names the tests that failed, by their path in the repository', () => {
    expect(failuresOf(report(false, 'failed', 'passed', 'failed'), 1, '', '/here')).toEqual([
      { file: 'a.test.ts', test: 'failed', message: 'because' },
    ])
  })

  test('takes a file without tests, a red run of green tests and a run without a report for failures', () => {
    expect(failuresOf(report(false, 'failed'), 1, '', '/here')).toMatchObject([{ message: 'the file does not load' }])
    expect(failuresOf(report(true, 'passed', 'passed'), 1, 'unhandled', '')).toMatchObject([{ message: 'unhandled' }])
    expect(failuresOf(undefined, null, 'killed', '')).toMatchObject([{ test: 'the run' }])
  })

  test('has no failure when all is green', () => {
    expect(failuresOf(report(true, 'passed', 'passed'), 0, 'noise', '')).toEqual([])
  })
})
