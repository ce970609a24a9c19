import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { layers, products } from './layers.ts'
import { entryRestrictions, exampleRestrictions, productRestrictionsOf, restrictionsOf } from './restrictions.ts'
import type { Pattern } from './restrictions.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'))

interface Project {
  readonly compilerOptions: { readonly types?: readonly string[]; readonly lib?: readonly string[] }
  readonly include: readonly string[]
  readonly references: readonly { readonly path: string }[]
}
interface Lint {
  readonly overrides: readonly {
    readonly files: readonly string[]
    readonly rules: Readonly<Record<string, unknown>>
  }[]
}

const lint = read('.oxlintrc.json') as Lint

function forbiddenIn(files: string): readonly Pattern[] | undefined {
  const rules = lint.overrides.filter((each) => each.files.length === 1 && each.files[0] === files)
  const [, options] = (rules[0]?.rules['no-restricted-imports'] ?? []) as [string, { patterns: Pattern[] }]
  return options?.patterns
}

test('every folder of the library is a layer', () => {
  const library = join(root, 'packages/forebay/src')
  const folders = readdirSync(library, { withFileTypes: true }).filter((entry) => entry.isDirectory())

  expect(folders.map((entry) => entry.name).toSorted()).toEqual(layers.map(({ name }) => name).toSorted())
})

describe.each(layers)('the layer $name', (layer) => {
  const project = read(`${layer.folder}/tsconfig.json`) as Project

  test('may import only layers below it', () => {
    const below = layers.slice(0, layers.indexOf(layer)).map(({ name }) => name)

    expect(below).toEqual(expect.arrayContaining([...layer.mayImport]))
  })

  test('is restricted by the linter as the table says', () => {
    expect(forbiddenIn(`${layer.folder}/**`)).toEqual(restrictionsOf(layer))
  })

  test('compiles against the layers that it may import, and no others', () => {
    const references = project.references.map(({ path }) => basename(path))

    expect(layer.mayImport).toEqual(expect.arrayContaining(references))
    const foreign = project.include.filter((path) => path !== '.' && path !== '../kernel/globals.d.ts')
    expect(foreign).toEqual([])
  })

  test('sees only the globals that it may use', () => {
    expect(project.compilerOptions.lib).toBeUndefined()
    expect(project.compilerOptions.types).toEqual(layer.portable ? [] : ['node'])
  })
})

test('the compiler builds every layer and product', () => {
  const { references } = read('tsconfig.json') as Project
  const expected = [...layers.map(({ folder }) => folder), ...products.map((name) => `packages/${name}`)]

  expect(references.map(({ path }) => path)).toEqual(expect.arrayContaining(expected))
})

test.each(products)('the product %s is restricted by the linter as the table says', (product) => {
  expect(existsSync(join(root, 'packages', product))).toBe(true)
  expect(forbiddenIn(`packages/${product}/**`)).toEqual(productRestrictionsOf(product))
})

test('entry files and examples are restricted by the linter as the table says', () => {
  expect(forbiddenIn('packages/forebay/src/*.ts')).toEqual(entryRestrictions)
  expect(forbiddenIn('examples/**')).toEqual(exampleRestrictions)
})

test('time and chance are taken from the kernel alone in every layer that runs everywhere', () => {
  const override = lint.overrides.find((each) => each.rules['no-restricted-globals'] instanceof Array)
  const portable = layers.filter((layer) => layer.portable).map(({ folder }) => `${folder}/**`)

  expect(override?.files).toEqual([...portable, 'packages/forebay/src/*.ts'])
})
