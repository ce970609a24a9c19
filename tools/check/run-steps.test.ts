import { expect, test } from 'vitest'
import { runSteps } from './run-steps.ts'

const node = (name: string, code: string) => ({ name, command: process.execPath, args: ['-e', code] })

test('runs every step, also after one that fails, and keeps what a step printed', async () => {
  const steps = [node('bad', 'console.error("why"); process.exit(3)'), node('good', ''), node('last', '')]
  const reported: string[] = []
  const outcomes = await runSteps(steps, '/', ({ name }) => void reported.push(name))

  expect(
    outcomes
      .filter(({ passed }) => passed)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(['good', 'last'])
  expect(outcomes.find(({ name }) => name === 'bad')?.output).toContain('why')
  expect(reported.toSorted()).toEqual(['bad', 'good', 'last'])
})
