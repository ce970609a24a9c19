import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageFolders } from '../packages.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const packages = packageFolders().map((name) => `packages/${name}`)
const examples = readdirSync(join(root, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `examples/${name}`)

type Versions = Readonly<Record<string, string>>
interface Manifest {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly type: string
  readonly sideEffects: boolean
  readonly files: readonly string[]
  readonly engines: { readonly node: string }
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly dependencies?: Versions
  readonly devDependencies?: Versions
}

const manifestOf = (path: string) => JSON.parse(read(join(path, 'package.json'))) as Manifest

test('the lock file names no registry, so that any registry can serve an installation', () => {
  expect(read('package-lock.json')).not.toMatch(/"resolved": "https?:/)
})

test('the library depends on nothing', () => {
  expect(manifestOf('packages/forebay').dependencies ?? {}).toEqual({})
})

test.each(['.', ...packages, ...examples])('every dependency of %s is one exact version', (path) => {
  const { dependencies, devDependencies } = manifestOf(path)

  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/)
  }
})

test('all packages carry one version, and depend on each other in that version', () => {
  const manifests = packages.map(manifestOf)
  const version = manifests[0]?.version
  const own = new Set(manifests.map(({ name }) => name))

  for (const manifest of [...manifests, ...examples.map(manifestOf)]) {
    expect(manifest.version, manifest.name).toBe(version)
    for (const [name, needed] of Object.entries(manifest.dependencies ?? {})) {
      if (own.has(name)) expect(needed, `${manifest.name} needs ${name}`).toBe(version)
    }
  }
})

describe.each(packages)('%s', (path) => {
  const manifest = manifestOf(path)

  test('is an ES module under MIT for every Node that we support', () => {
    expect(manifest).toMatchObject({ type: 'module', license: 'MIT', engines: { node: '>=20.19' } })
  })

  test('packs its sources for source maps, but neither tests nor build state', () => {
    expect(manifest.files).toEqual(expect.arrayContaining(['dist', 'src', '!src/**/*.test.ts', '!**/*.tsbuildinfo']))
  })

  test('brings the licence and a page of its own into its tarball', () => {
    expect(read(`${path}/LICENSE`)).toBe(read('LICENSE'))
    expect(read(`${path}/README.md`)).toContain(`# ${manifest.name}\n`)
  })

  test('names types before code in every export, and shows its own manifest', () => {
    expect(manifest.exports['./package.json']).toBe('./package.json')
    for (const [subpath, target] of Object.entries(manifest.exports)) {
      if (subpath === './package.json') continue
      expect(Object.keys(target), subpath).toEqual(['types', 'default'])
    }
  })
})
