import { expect, test } from 'vitest'
import { mutantsOf, rangesOf, sampleOf, scoreOf, type Mutant } from './score.ts'

const mutant = (status: string, line = 1): Mutant => ({
  mutatorName: 'ConditionalExpression',
  replacement: 'true',
  status,
  location: { start: { line, column: 3 }, end: { line, column: 9 } },
})

test('counts what fails and what hangs as found, and what no test reaches as missed', () => {
  const score = scoreOf([mutant('Killed', 1), mutant('Timeout', 2), mutant('Survived', 7), mutant('NoCoverage', 9)])

  expect(score).toMatchObject({ mutants: 4, found: 2, timedOut: 1, untried: 0, percent: 50 })
  expect(score.survivors.map(({ line }) => line)).toEqual([7, 9])
})

test('leaves out what is no mutant', () => {
  const mutants = mutantsOf({ files: { 'a.ts': { mutants: [mutant('CompileError'), mutant('Ignored')] } } })

  expect(scoreOf(mutants)).toMatchObject({ mutants: 0, percent: 100 })
})

test('counts what the wider tests find, and for what was not tried the share that they have found', () => {
  const near = [mutant('Killed', 1), ...[2, 3, 4, 5].map((line) => mutant('NoCoverage', line))]
  const wide = [mutant('Killed', 2), mutant('Survived', 4)]

  const score = scoreOf(near, { sample: [near[1], near[3]] as Mutant[], wide })

  // Three are found or would be: the one beside the source, one of the sample, and half of the other two.
  expect(score).toMatchObject({ mutants: 5, found: 2, untried: 2, percent: 60 })
  expect(score.survivors.map(({ line }) => line)).toEqual([4])
})

test('takes a sample from all over the file', () => {
  const mutants = Array.from({ length: 10 }, (_, line) => mutant('Survived', line))

  expect(sampleOf(mutants, 5).map(({ location }) => location.start.line)).toEqual([1, 3, 5, 7, 9])
  expect(sampleOf(mutants, 20)).toEqual(mutants)
  expect(sampleOf(mutants, 0)).toEqual([])
})

test('names each range once, with columns from 0', () => {
  expect(rangesOf('kernel/a.ts', [mutant('Survived', 4), mutant('NoCoverage', 4)])).toBe(
    'packages/forebay/src/kernel/a.ts:4:2-4:8',
  )
})
