import { expect, test } from 'vitest'
import { claimsOf } from './claims.ts'
import { play, type Played } from './play.ts'
import { strategies } from './strategies.ts'

const played: Played[] = []
for (const [name, start] of Object.entries(strategies)) played.push(await play(name, start))

test('in virtual time every claim holds', () => {
  expect(claimsOf(played).filter(({ holds }) => !holds)).toEqual([])
})

test('claims are broken by figures that do not bear them out', () => {
  const [single, batches, counted, levels] = played as [Played, Played, Played, Played]

  expect(claimsOf([levels, single, levels, single]).map(({ holds }) => holds)).not.toContain(true)
  expect(claimsOf([single, batches, counted, counted]).filter(({ holds }) => holds)).toHaveLength(3)
})

test('with a line that is bounded, no more is in the server than in the line and in two runs of the model', () => {
  const [, , counted, levels] = played

  expect(counted?.mostHeld).toBeLessThan(256 + 7000 / 40 + 1)
  expect(levels?.mostHeld).toBeLessThan(256 + 7000 / 40 + 1)
})
