import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { clearSkips, readSkips, recordSkip } from './skips.ts'

const skip = { what: 'a broker', reason: 'not installed', command: 'apt-get install broker' }
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forebay-skips-'))
  vi.stubEnv('FOREBAY_REQUIRE_ALL', '')
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

test('lists each skip once, however many tests missed the same thing', () => {
  recordSkip(skip, folder)
  recordSkip(skip, folder)
  recordSkip({ ...skip, what: 'Node 22' }, folder)

  expect(readSkips(folder).map((each) => each.what)).toEqual(['Node 22', 'a broker'])
  clearSkips(folder)
  expect(readSkips(folder)).toEqual([])
})

test('throws the line to type where everything is required', () => {
  vi.stubEnv('FOREBAY_REQUIRE_ALL', '1')

  expect(() => recordSkip(skip, folder)).toThrow('apt-get install broker')
  expect(readSkips(folder)).toEqual([])
})
