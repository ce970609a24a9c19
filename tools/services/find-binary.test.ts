import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findBinary } from './find-binary.ts'

const folder = mkdtempSync(join(tmpdir(), 'forebay-binary-'))
afterAll(() => rmSync(folder, { recursive: true }))

function script(name: string, exitCode: number): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\nexit ${exitCode}\n`, { mode: 0o755 })
  return path
}

const recipe = { variable: 'FOREBAY_PROBE', binaries: ['first', 'second'], probe: ['--version'], packages: [] }

test('takes the first installed binary that answers, and passes over one that does not', async () => {
  script('first', 1)
  const second = script('second', 0)

  expect(await findBinary(recipe, { PATH: folder })).toBe(second)
})

test('takes only the named binary when the variable is set, even if it does not answer', async () => {
  const named = script('named', 0)
  script('second', 0)

  expect(await findBinary(recipe, { PATH: folder, FOREBAY_PROBE: named })).toBe(named)
  expect(await findBinary(recipe, { PATH: folder, FOREBAY_PROBE: join(folder, 'missing') })).toBeUndefined()
})

test('finds nothing on an empty PATH', async () => {
  expect(await findBinary(recipe, { PATH: '' })).toBeUndefined()
})
