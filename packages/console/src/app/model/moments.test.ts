import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Moments } from './moments.ts'
import type { Sample } from './moments.ts'

const sample = (wall: number): Sample => ({ wall, snapshots: [], why: [] })

function filled(seconds: number): Moments {
  const moments = new Moments()
  for (let ms = 0; ms <= seconds * 1000; ms += 250) moments.add(sample(1_000_000 + ms))
  return moments
}

test('keeps the last minute as it came and one sample a second up to ten minutes, never more', () => {
  const moments = filled(1200)

  const kept = moments.since(0)
  expect(kept.length).toBeLessThanOrEqual(840)
  expect(kept.filter(({ wall }) => wall > 1_000_000 + 1_140_000)).toHaveLength(240)
  expect(moments.last!.wall - moments.first!.wall).toBeGreaterThan(590_000)
  expect(moments.last!.wall - moments.first!.wall).toBeLessThanOrEqual(600_000)
})

test('gives the newest sample that is not younger than the instant asked for', () => {
  const moments = filled(300)

  fc.assert(
    fc.property(fc.integer({ min: 999_000, max: 1_301_000 }), (wall) => {
      const older = moments.since(0).filter((one) => one.wall <= wall)
      expect(moments.at(wall)).toBe(older.at(-1) ?? moments.first)
    }),
  )
})

test('history fills what is missing and changes nothing that is there', () => {
  const moments = new Moments()
  for (let ms = 100_000; ms < 110_000; ms += 250) moments.add(sample(ms))
  const before = moments.since(100_000)

  moments.addHistory(Array.from({ length: 100 }, (_, i) => sample(10_000 + i * 1000)))

  expect(moments.since(100_000)).toEqual(before)
  expect(moments.first!.wall).toBe(10_000)
  const walls = moments.since(0).map(({ wall }) => wall)
  expect(walls).toEqual(walls.toSorted((a, b) => a - b))
})

test('a gap in the middle, from a lost connection, is filled in order', () => {
  const moments = new Moments()
  for (let ms = 0; ms < 5000; ms += 250) moments.add(sample(50_000 + ms))
  for (let ms = 20_000; ms < 25_000; ms += 250) moments.add(sample(50_000 + ms))

  moments.addHistory(Array.from({ length: 30 }, (_, i) => sample(50_000 + i * 1000)))

  const walls = moments.since(0).map(({ wall }) => wall)
  expect(walls).toEqual(walls.toSorted((a, b) => a - b))
  expect(walls.filter((wall) => wall > 56_000 && wall < 69_000)).toHaveLength(12)
})
