import { existsSync, readdirSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { layers, products } from './layers.ts'
import type { Layer } from './layers.ts'
import { plant, skeleton } from './skeleton.ts'
import { build, lint, typecheck } from './tools.ts'
import type { Findings } from './tools.ts'

/**
 * Every rule about layers is broken on purpose in a copy of the configuration, and the tool must say so: some layer
 * checkers pass while they check nothing. The copy without violations must pass, or the failures would prove nothing.
 */
let folder: string
let clean: { lint: Findings; build: Findings }
let linted: Findings
let rebuilt: Findings
let isRebuilt: boolean
const compiled = new Map<string, Findings>()

interface Violation {
  readonly what: string
  readonly path: string
  readonly text: string
  /** The rule of the linter that must report it. */
  readonly rule?: string
  /** The errors of which the compiler must report one. */
  readonly errors?: readonly string[]
}

function violationsOf(layer: Layer): Violation[] {
  const at = (name: string) => `${layer.folder}/${name}.ts`
  const upward = layers
    .filter(({ name }) => name !== layer.name && !layer.mayImport.includes(name))
    .map(({ name }) => ({
      what: `imports ${name}`,
      path: at(`imports-${name}`),
      text: `import { ${name} } from '../${name}/here.ts'\nexport const seen: string = ${name}\n`,
      rule: 'no-restricted-imports',
      errors: ['TS6307', 'TS6059'],
    }))
  // Another file than above: the compiler reports a file outside the project at one of its importers only.
  const above = upwardOf(layer)
  const nested = {
    what: 'imports upward from a folder of its own',
    path: at('deep/imports-up'),
    text: `import { ${above} } from '../../${above}/there.ts'\nexport const seen: string = ${above}\n`,
    rule: 'no-restricted-imports',
    errors: ['TS6307', 'TS6059'],
  }
  const everywhere: Violation[] = [
    ...upward,
    nested,
    {
      what: 'imports a package',
      path: at('imports-package'),
      text: `import * as esbuild from 'esbuild'\nexport const seen: unknown = esbuild\n`,
      rule: 'no-restricted-imports',
    },
    {
      what: 'imports the entry',
      path: at('imports-entry'),
      text: `import * as entry from '../index.ts'\nexport const seen: unknown = entry\n`,
      rule: 'no-restricted-imports',
      errors: ['TS6307', 'TS6059'],
    },
    {
      what: 'uses the DOM',
      path: at('uses-dom'),
      text: `export const seen: string = document.title\n`,
      errors: ['TS2584'],
    },
    {
      what: 'is part of a cycle',
      path: at('cycle-a'),
      text: `import { b } from './cycle-b.ts'\nexport const a = (): number => b()\n`,
      rule: 'no-cycle',
    },
    {
      what: 'closes a cycle',
      path: at('cycle-b'),
      text: `import { a } from './cycle-a.ts'\nexport const b = (): number => a()\n`,
      rule: 'no-cycle',
    },
    { what: 'is longer than 300 lines', path: at('long'), text: `export {}\n${'//\n'.repeat(300)}`, rule: 'max-lines' },
    {
      what: 'lets a promise float',
      path: at('floats'),
      text: `const later = async (): Promise<void> => {}\nexport const go = (): void => {\n  later()\n}\n`,
      rule: 'no-floating-promises',
    },
  ]
  if (!layer.portable) return everywhere
  return [
    ...everywhere,
    {
      what: 'imports node:fs',
      path: at('imports-builtin'),
      text: `import { readFileSync } from 'node:fs'\nexport const seen: unknown = readFileSync\n`,
      rule: 'no-restricted-imports',
      errors: ['TS2307', 'TS2591'],
    },
    {
      what: 'uses a global of Node',
      path: at('uses-process'),
      text: `export const seen: number = process.pid\n`,
      errors: ['TS2580', 'TS2591'],
    },
    {
      what: 'reads the time by itself',
      path: at('reads-time'),
      text: `export const now = (): number => Date.now()\n`,
      rule: 'no-restricted-globals',
    },
    {
      what: 'sets a timer by itself',
      path: at('sets-timer'),
      text: `setTimeout(() => {}, 1)\nexport {}\n`,
      rule: 'no-restricted-globals',
    },
    {
      what: 'takes chance by itself',
      path: at('takes-chance'),
      text: `export const roll = (): number => Math.random()\n`,
      rule: 'no-restricted-properties',
    },
  ]
}

/** A layer that `layer` must not import. */
function upwardOf(layer: Layer): string {
  const other = layers.find(({ name }) => name !== layer.name && !layer.mayImport.includes(name))
  if (other === undefined) throw new Error(`${layer.name} may import everything`)
  return other.name
}

const planted = layers.map((layer) => ({ ...layer, violations: violationsOf(layer) }))

const elsewhere: readonly Violation[] = [
  ...products.slice(0, -1).map((product, index) => ({
    what: `${product} imports a product above it`,
    path: `packages/${product}/src/imports-up.ts`,
    text: `import '@forebay/${products[index + 1] ?? ''}'\n`,
    rule: 'no-restricted-imports',
  })),
  ...products.map((product) => ({
    what: `${product} reaches into the library`,
    path: `packages/${product}/src/reaches-in.ts`,
    text: `import '../../forebay/src/kernel/here.ts'\n`,
    rule: 'no-restricted-imports',
  })),
  {
    what: 'an entry imports node',
    path: 'packages/forebay/src/browser.ts',
    text: `import './node/here.ts'\n`,
    rule: 'no-restricted-imports',
  },
  ...['packages/forebay/src/kernel/a.test.ts', 'packages/cli/test/a.ts', 'examples/one/a.ts'].map((path) => ({
    what: `${path} lets a promise of Node float`,
    path,
    text: `import { readFile } from 'node:fs/promises'\nexport const go = (): void => {\n  readFile('x')\n}\n`,
    rule: 'no-floating-promises',
  })),
  {
    what: 'an example reaches into a package',
    path: 'examples/one/reaches-in.ts',
    text: `import '../../packages/forebay/src/kernel/here.ts'\n`,
    rule: 'no-restricted-imports',
  },
]

beforeAll(async () => {
  folder = skeleton()
  clean = { lint: await lint(folder), build: await build(folder) }
  rmSync(`${folder}/packages/forebay/dist`, { recursive: true })
  rebuilt = await build(folder)
  isRebuilt = existsSync(`${folder}/packages/forebay/dist/index.js`)
  for (const { path, text } of [...planted.flatMap((layer) => layer.violations), ...elsewhere])
    plant(folder, path, text)
  linted = await lint(folder)
  for (const layer of layers) compiled.set(layer.name, await typecheck(folder, layer.folder))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('nothing is reported without a violation', () => {
  expect([...clean.lint]).toEqual([])
  expect([...clean.build]).toEqual([])
})

test('a build is whole again after its output was removed', () => {
  expect([...rebuilt]).toEqual([])
  expect(isRebuilt).toBe(true)
})

describe.each(planted)('in $name', ({ name, folder: layer, violations }) => {
  test.each(violations.filter(({ rule }) => rule !== undefined))('the linter sees that a file $what', (violation) => {
    expect([...(linted.get(violation.path) ?? [])]).toContain(violation.rule)
  })

  test.each(violations.filter(({ errors }) => errors !== undefined))(
    'the compiler sees that a file $what',
    (violation) => {
      const found = [...(compiled.get(name)?.get(violation.path) ?? [])]

      expect(
        found.some((code) => violation.errors?.includes(code)),
        `${violation.path}: ${found.join()}`,
      ).toBe(true)
    },
  )

  test('the sound file is reported by neither', () => {
    expect(linted.has(`${layer}/here.ts`)).toBe(false)
    expect(compiled.get(name)?.has(`${layer}/here.ts`)).toBe(false)
  })
})

test.each(elsewhere)('the linter sees that $what', ({ path, rule }) => {
  expect([...(linted.get(path) ?? [])]).toContain(rule)
})

test('a build with violations writes nothing beside the sources', async () => {
  await build(folder)

  for (const { folder: layer } of layers) {
    const written = readdirSync(`${folder}/${layer}`).filter((name) => /\.js$|(?<!globals)\.d\.ts$/.test(name))
    expect(written).toEqual([])
  }
})
