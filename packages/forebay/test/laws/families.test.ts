import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { families } from './families.ts'
import { soak } from './keep-the-laws.ts'

const known = await families()

it.each(known.map(({ name }) => name))('%s is held to the laws by a test of its own', (name) => {
  expect(existsSync(join(import.meta.dirname, `${name}.test.ts`))).toBe(true)
})

it.each(known.map((family) => [family.name, family] as const))(
  '%s has an introduction, and names used once',
  (_, family) => {
    const names = family.subjects.map(({ name }) => name)

    expect(family.intro).toMatch(/^[A-Z].*\.$/)
    expect(names).toEqual([...new Set(names)])
  },
)

it('at least ten thousand seeded cases are run', () => {
  const subjects = known.flatMap((family) => family.subjects)

  expect(subjects.length * soak.trials).toBeGreaterThanOrEqual(10_000)
})
