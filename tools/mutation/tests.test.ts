import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesOf, nearTests, wideTests } from './tests.ts'

const root = join(import.meta.dirname, '../..')

test('patterns name files in a folder, in any folder, and by a part of their name', () => {
  const kernel = 'packages/forebay/src/kernel'

  expect(filesOf(`${kernel}/credit.test.ts`, root)).toEqual([`${kernel}/credit.test.ts`])
  expect(filesOf(`${kernel}/loop*.test.ts`, root)).toEqual([`${kernel}/loop-turns.test.ts`, `${kernel}/loop.test.ts`])
  expect(filesOf(`${kernel}/*.test.ts`, root)).not.toContain(`${kernel}/waits/rings.test.ts`)
  expect(filesOf(`${kernel}/**/*.test.ts ${kernel}/credit.test.ts`, root)).toEqual(
    expect.arrayContaining([`${kernel}/credit.test.ts`, `${kernel}/waits/rings.test.ts`]) as string[],
  )
  expect(filesOf(`${kernel}/creditXtest.ts`, root)).toEqual([])
})

test('there are tests near every layer, and wider ones', () => {
  for (const file of ['kernel/credit.ts', 'flow/flow.ts', 'gates/keyed.ts']) {
    expect(filesOf(nearTests(file), root).length, file).toBeGreaterThan(5)
    expect(filesOf(wideTests(file), root).length, file).toBeGreaterThan(20)
  }
})
