import { describe, expect, test } from 'vitest'
import { memoryLine, type Wanted } from './memory-line.ts'

const want = (bytes: number, weight = 1, level = 1): Wanted => ({ bytes, weight, level })

describe('the line of shared memory', () => {
  test('is open while there is enough for everyone', () => {
    expect(memoryLine(100, [want(30), want(70)])).toEqual([Infinity, Infinity, 0, 0])
  })

  test('gives equal parts to those who want more than there is', () => {
    expect(memoryLine(100, [want(Infinity), want(Infinity)])[1]).toBe(50)
  })

  test('leaves what the modest do not want to the others', () => {
    expect(memoryLine(100, [want(Infinity), want(10), want(Infinity)])[1]).toBe(45)
  })

  test('goes by weight', () => {
    const line = memoryLine(120, [want(Infinity, 2), want(Infinity)])[1]
    expect([line * 2, line]).toEqual([80, 40])
  })

  test('leaves nothing to those below a level that wants more than there is', () => {
    expect(memoryLine(100, [want(0, 1, 3), want(Infinity, 1, 0), want(Infinity, 1, 1)])).toEqual([100, 0, 0, 0])
  })

  test('leaves the rest to the next level', () => {
    expect(memoryLine(100, [want(40, 1, 0), want(Infinity, 1, 2), want(Infinity, 1, 2)])).toEqual([
      Infinity,
      Infinity,
      30,
      0,
    ])
  })
})
