import { expect, it } from 'vitest'
import { seededRandom, systemRandom } from './random.ts'

it('gives the numbers of mulberry32, the same on every runtime', () => {
  const random = seededRandom(1)
  const numbers = Array.from({ length: 4 }, () => random.next())
  expect(numbers).toEqual([0.6270739405881613, 0.002735721180215478, 0.5274470399599522, 0.9810509674716741])
  expect(seededRandom(2).next()).not.toBe(numbers[0])
  expect(seededRandom(1 + 2 ** 32).next()).toBe(numbers[0]) // 32 bits of the seed count
})

it('lies in [0, 1), evenly', () => {
  for (const random of [seededRandom(7), systemRandom]) {
    const numbers = Array.from({ length: 10_000 }, () => random.next())
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true)
    expect(Math.abs(numbers.reduce((sum, number) => sum + number, 0) / numbers.length - 0.5)).toBeLessThan(0.05)
  }
})
