import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { families } from './families.ts'
import { parts, usualTrials } from './keep-the-laws.ts'

const known = await families()

it.each(known.map((family) => [family.name, family] as const))(
  '%s has an introduction, and names used once',
  (_, family) => {
    const names = family.subjects.map(({ name }) => name)

    expect(family.intro).toMatch(/^[A-Z].*\.$/)
    expect(names).toEqual([...new Set(names)])
  },
)

it('every part of the families is held to the laws', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => /^laws-\d\.test\.ts$/.test(name))

  expect(files).toHaveLength(parts)
})

it('at least ten thousand seeded cases are run', () => {
  const subjects = known.flatMap((family) => family.subjects)

  expect(subjects.length * usualTrials).toBeGreaterThanOrEqual(10_000)
})
