import { describe, expect, test } from 'vitest'
import { estimateBytes } from './estimate-bytes.ts'

describe('what a value is thought to hold', () => {
  test.each([
    ['a number', 5, 8],
    ['nothing', null, 8],
    ['undefined', undefined, 8],
    ['a function', () => 0, 8],
    ['a text', 'abcd', 24],
    ['a buffer', new Uint8Array(100), 164],
    ['an empty object', {}, 32],
    ['an object', { a: 1, b: 'abcd' }, 32 + 8 + 8 + 8 + 24],
    ['an array', [1, 'abcd'], 32 + 8 + 24],
  ])('%s: as its size says', (_, value, bytes) => {
    expect(estimateBytes(value)).toBe(bytes)
  })

  test('goes one level down, where everything counts as a reference', () => {
    const deep = { far: { farther: 'a long text that is not looked at' } }

    expect(estimateBytes({ in: deep })).toBe(32 + 8 + (32 + 8 + 8))
    expect(estimateBytes([deep])).toBe(32 + (32 + 8 + 8))
    expect(estimateBytes([['a long text that is not looked at']])).toBe(32 + (32 + 8))
  })

  test('takes the first eight items of a long array for all of them', () => {
    expect(estimateBytes(['', '', '', '', '', '', '', 'ab'])).toBe(32 + 8 * 16 + 4)
    expect(estimateBytes([...Array.from({ length: 8 }, () => ''), 'a long text that is not looked at'])).toBe(
      32 + 9 * 16,
    )
  })
})
