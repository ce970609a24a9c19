import { expect, it } from 'vitest'
import { tallyOf, type TestReport } from './tally.ts'

const report = (file: string, ...statuses: string[]): TestReport['testResults'][number] => ({
  name: `/somewhere/${file}`,
  assertionResults: statuses.map((status, i) => ({ fullName: `test ${i}`, status })),
})

it('counts what passed, what a flag left out and what failed, store by store', () => {
  const stores = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ name, file: `${name}.test.ts` }))
  const tallies = tallyOf(stores, {
    testResults: [
      report('a.test.ts', 'passed', 'skipped', 'passed'),
      report('b.test.ts', 'passed', 'failed', 'skipped'),
      report('c.test.ts', 'skipped', 'skipped'),
      {
        name: 'f.test.ts',
        assertionResults: [
          { fullName: 'bounds says that it cannot', status: 'skipped' },
          { fullName: 'bounds waits', status: 'passed' },
        ],
      },
      { name: '/somewhere/d.test.ts', message: 'it does not even load', assertionResults: [] },
    ],
  })
  expect(tallies).toEqual([
    { store: 'a', result: 'passed', passed: 2, unsupported: 1, failed: [] },
    { store: 'b', result: 'failed', passed: 1, unsupported: 1, failed: ['test 1'] },
    { store: 'c', result: 'not run', passed: 0, unsupported: 0, failed: [] },
    { store: 'd', result: 'failed', passed: 0, unsupported: 0, failed: ['it does not even load'] },
    { store: 'e', result: 'not run', passed: 0, unsupported: 0, failed: [] },
    { store: 'f', result: 'passed', passed: 1, unsupported: 0, failed: [] },
  ])
})
