import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { alone } from './alone.ts'

const root = join(import.meta.dirname, '../..')

test('every test that is to run alone exists', () => {
  expect(alone.filter((file) => !existsSync(join(root, file)) || !file.endsWith('.e2e.test.ts'))).toEqual([])
})
