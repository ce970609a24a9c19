import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { TestSpecification, Vitest } from 'vitest/node'
import { LongestFirst, longest } from './longest-first.ts'

const root = join(import.meta.dirname, '../..')

test('every file that is to start first exists', () => {
  expect(longest.filter((file) => !existsSync(join(root, file)))).toEqual([])
})

test('the longest files start first, in their order, and the others keep theirs', async () => {
  const cache = { getFileTestResults: () => undefined, getFileStats: () => undefined }
  const sequencer = new LongestFirst({ cache, config: { root } } as unknown as Vitest)
  const project = { name: 'unit', config: { isolate: false, sequence: { groupOrder: 0 } } }
  const [first = '', second = ''] = longest
  const files = ['b.test.ts', second, 'a.test.ts', first].map((path) => ({ moduleId: join(root, path), project }))

  const sorted = await sequencer.sort(files as unknown as TestSpecification[])

  expect(sorted.map(({ moduleId }) => moduleId.slice(root.length + 1))).toEqual([
    first,
    second,
    'b.test.ts',
    'a.test.ts',
  ])
})
