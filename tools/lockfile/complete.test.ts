import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { complete } from './complete.ts'
import type { Lockfile } from './complete.ts'

test('adds the platforms that a registry did not serve, as entries that npm never installs', () => {
  const lockfile: Lockfile = {
    packages: {
      'node_modules/tool': {
        dev: true,
        optionalDependencies: { '@tool/binding-linux-x64-gnu': '1.2.3', '@tool/binding-win32-arm64-msvc': '1.2.3' },
      },
      'node_modules/@tool/binding-linux-x64-gnu': { version: '1.2.3' },
    },
  }

  expect(complete(lockfile).packages).toEqual({
    ...lockfile.packages,
    'node_modules/@tool/binding-win32-arm64-msvc': {
      version: '1.2.3',
      cpu: ['arm64'],
      dev: true,
      optional: true,
      os: ['win32'],
    },
  })
})

test('finds a package in its parent, and in the folders above it', () => {
  const lockfile: Lockfile = {
    packages: {
      'node_modules/a/node_modules/b': { optionalDependencies: { 'c-linux-x64': '1.0.0', 'd-linux-x64': '1.0.0' } },
      'node_modules/a/node_modules/c-linux-x64': { version: '1.0.0' },
      'node_modules/d-linux-x64': { version: '1.0.0' },
    },
  }

  expect(Object.keys(complete(lockfile).packages).toSorted()).toEqual(Object.keys(lockfile.packages).toSorted())
})

test('refuses to guess the platform of a name that does not tell it', () => {
  const lockfile: Lockfile = { packages: { 'node_modules/a': { optionalDependencies: { mystery: '1.0.0' } } } }

  expect(() => complete(lockfile)).toThrow('mystery: expected a name with one of')
})

test.each(['.', 'bench'])('the lock file in %s is complete (npm run lock completes it)', (folder) => {
  const text = readFileSync(join(import.meta.dirname, '../..', folder, 'package-lock.json'), 'utf8')
  const lockfile = JSON.parse(text) as Lockfile

  expect(Object.keys(complete(lockfile).packages).filter((path) => !(path in lockfile.packages))).toEqual([])
})
