import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { execute } from '../execute.ts'

const root = join(import.meta.dirname, '../..')

interface Entry {
  readonly name: string
  readonly path: string
  readonly limit: string
  readonly gzip: boolean
  readonly ignore?: readonly string[]
}
type Exports = Readonly<Record<string, { readonly default: string }>>

const entries = JSON.parse(readFileSync(join(root, '.size-limit.json'), 'utf8')) as readonly Entry[]
const manifest = JSON.parse(readFileSync(join(root, 'packages/forebay/package.json'), 'utf8')) as { exports: Exports }
const subpaths = Object.entries(manifest.exports).filter(([subpath]) => subpath !== './package.json')

describe('the size limits', () => {
  test.each(subpaths)('hold a gzipped limit for the subpath %s', (subpath, target) => {
    expect(entries).toContainEqual(
      expect.objectContaining({
        name: `forebay${subpath.slice(1)}`,
        path: join('packages/forebay', target.default),
        gzip: true,
      }),
    )
  })

  test('let only the entries for Node leave out what a browser has not', () => {
    const names = entries.filter(({ name, ignore }) => name.startsWith('forebay') && ignore !== undefined)

    expect(names.map(({ name }) => name)).toEqual(['forebay/node', 'forebay/workers'])
  })

  test('allow the main entry 51 kB, flows and gates with all they have', () => {
    expect(entries.find(({ name }) => name === 'forebay')?.limit).toBe('51 kB')
  })
})

describe('the size tool', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'forebay-size-'))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ devDependencies: { 'size-limit': '0', '@size-limit/esbuild': '0', '@size-limit/file': '0' } }),
    )
    writeFileSync(
      join(folder, '.size-limit.json'),
      JSON.stringify([{ path: 'entry.js', limit: '1 kB', gzip: true } satisfies Omit<Entry, 'name'>]),
    )
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  async function measure(source: string) {
    writeFileSync(join(folder, 'entry.js'), source)
    const bin = join(root, 'node_modules/size-limit/bin.js')
    return execute(process.execPath, [bin], { cwd: folder, withinMs: 60_000 })
  }

  test('passes a small entry', async () => {
    expect(await measure(`export const small = 1`)).toMatchObject({ exitCode: 0 })
  })

  test('fails an entry over its limit', async () => {
    const numbers = Array.from({ length: 2000 }, (_, index) => Math.imul(index + 1, 0x9e3779b1))
    const { exitCode, stdout } = await measure(`export const big = ${JSON.stringify(numbers)}`)

    expect(exitCode).toBe(1)
    expect(stdout).toContain('exceeded')
  })

  test('fails an entry that imports node:fs', async () => {
    const { exitCode, stdout, stderr } = await measure(`import { readFileSync } from 'node:fs'\nreadFileSync('x')`)

    expect(exitCode).not.toBe(0)
    expect(stdout + stderr).toContain('Could not resolve "node:fs"')
  })
})
