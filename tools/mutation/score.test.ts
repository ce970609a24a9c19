import { expect, test } from 'vitest'
import { scoreOf } from './score.ts'

const mutant = (status: string, line = 1) => ({
  mutatorName: 'ConditionalExpression',
  replacement: 'true',
  status,
  location: { start: { line } },
})

test('counts what fails and what hangs as found, and what no test reaches as missed', () => {
  const score = scoreOf({
    files: {
      'a.ts': { mutants: [mutant('Killed'), mutant('Timeout'), mutant('Survived', 7), mutant('NoCoverage', 9)] },
    },
  })

  expect(score).toMatchObject({ mutants: 4, found: 2, timedOut: 1, percent: 50 })
  expect(score.survivors.map(({ line }) => line)).toEqual([7, 9])
})

test('leaves out what is no mutant', () => {
  const { mutants, percent } = scoreOf({ files: { 'a.ts': { mutants: [mutant('CompileError'), mutant('Ignored')] } } })

  expect({ mutants, percent }).toEqual({ mutants: 0, percent: 100 })
})
