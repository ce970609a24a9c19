import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { compile } from './compile.ts'
import { execute } from '../execute.ts'

const folder = mkdtempSync(join(tmpdir(), 'forebay-compile-'))
const typeRoot = join(import.meta.dirname, '../../node_modules/@types')
afterAll(() => rmSync(folder, { recursive: true }))

test('tells the line of a planted type error and passes a sound neighbour that then runs', async () => {
  const { errors, fileOf } = await compile(
    [
      { path: 'page/L2', language: 'ts', text: '\nconst wrong: string = 1\nexport {}' },
      { path: 'page/L9', language: 'ts', text: 'const right: number = 41\nconsole.log(right + 1)' },
    ],
    folder,
    typeRoot,
  )

  expect(errors.get('page/L2')).toContain('line 2: error TS2322')
  expect([...errors.keys()]).toEqual(['page/L2'])
  const run = await execute(process.execPath, [fileOf('page/L9')], { cwd: folder, withinMs: 30_000 })
  expect(run).toMatchObject({ exitCode: 0, stdout: '42\n' })
})

test('reports an unknown package', async () => {
  const { errors } = await compile([{ path: 'a', language: 'ts', text: `import 'no-such-package'` }], folder, typeRoot)

  expect(errors.get('a')).toContain('TS2882')
})
