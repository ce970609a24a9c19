import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { layers, products } from './layers.ts'

const root = join(import.meta.dirname, '../..')

const configuration = [
  '.gitignore',
  '.oxlintrc.json',
  'examples/tsconfig.json',
  'package.json',
  'packages/tsconfig.json',
  'tsconfig.base.json',
  'tsconfig.test.json',
]

/**
 * A copy of the repository's configuration around sound files, three in each layer, in a new folder outside the
 * repository: the place to plant violations in. The configuration is the real one; only the sources are not.
 */
export function skeleton(): string {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-layers-'))
  const copy = (path: string) => cpSync(join(root, path), join(folder, path))
  for (const path of configuration) copy(path)
  for (const { folder: layer, name } of layers) {
    copy(`${layer}/tsconfig.json`)
    for (const file of ['here', 'there', 'shown'])
      plant(folder, `${layer}/${file}.ts`, `export const ${name} = '${name}'\n`)
  }
  copy('packages/forebay/src/kernel/globals.d.ts')
  copy('packages/forebay/src/tsconfig.json')
  const references = layers.map(({ folder: path }) => ({ path }))
  plant(
    folder,
    'tsconfig.json',
    JSON.stringify({ files: [], references: [...references, { path: 'packages/forebay/src' }] }),
  )
  plant(
    folder,
    'packages/forebay/src/index.ts',
    `export { flow } from './flow/shown.ts'\nexport { gates } from './gates/shown.ts'\n`,
  )
  for (const product of products) plant(folder, `packages/${product}/src/here.ts`, `import 'node:fs'\n`)
  plant(folder, 'examples/one/main.ts', `import 'node:fs'\n`)
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true })
  for (const name of ['@types/node', 'undici-types']) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  }
  return folder
}

/** Writes a file into the skeleton. */
export function plant(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
