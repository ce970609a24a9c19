import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isBarrel, nameFault, textFaults } from './rules.ts'

const root = join(import.meta.dirname, '../..')
/** What git tracks or would track: the rules are about what is handed in. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.tsx'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '')

test('there is something to look at', () => {
  expect(files).toContain('tools/rules/rules.ts')
})

test('every file is named after its main export, in kebab case', () => {
  expect(files.filter((path) => nameFault(basename(path)) !== undefined)).toEqual([])
})

test('an index re-exports and does nothing else', () => {
  const indexes = files.filter((path) => basename(path) === 'index.ts' && path.startsWith('packages/forebay/'))

  expect(indexes.filter((path) => !isBarrel(readFileSync(join(root, path), 'utf8')))).toEqual([])
})

test('nothing is left for later, focused, skipped for good or hidden from the checks', () => {
  const faults = files
    .filter((path) => !path.startsWith('tools/rules/'))
    .flatMap((path) => textFaults(readFileSync(join(root, path), 'utf8')).map((fault) => `${path}: ${fault}`))

  expect(faults).toEqual([])
})

describe('the rules', () => {
  test('refuse names that say nothing, and names that are not in kebab case', () => {
    expect(['utils.ts', 'types.ts', 'helpers.ts', 'ringBuffer.ts', 'ring_buffer.test.ts'].map(nameFault)).not.toContain(
      undefined,
    )
    expect(['ring-buffer.ts', 'ring-buffer.e2e.test.ts', 'globals.d.ts', 'vitest.config.ts'].map(nameFault)).toEqual(
      Array(4).fill(undefined),
    )
  })

  test('tell a file of re-exports from one with code', () => {
    const reexports = `/** Doc. */\n// why\nexport { a,\n  b } from './a.ts'\nexport type { C } from './c.ts'\n`

    expect(isBarrel(reexports)).toBe(true)
    expect(isBarrel(`${reexports}export const d = 1\n`)).toBe(false)
    expect(isBarrel('export {}\n')).toBe(true)
  })

  test('see what must not be left behind', () => {
    expect(textFaults('const a = 1 // TODO later')).toHaveLength(1)
    expect(textFaults('/**\n * FIXME\n */')).toHaveLength(1)
    expect(textFaults(`airport('XXX')`)).toEqual([])
    expect(textFaults(`test.only('x', () => {})`)).toHaveLength(1)
    expect(textFaults(`test.skip('x', () => {})`)).toHaveLength(1)
    expect(textFaults('// @ts-ignore')).toHaveLength(1)
    expect(textFaults(`describe.skipIf(!here)('x', () => {})`)).toEqual([])
  })
})
