import { describe, expect, it } from 'vitest'
import { checkFunction, checkInteger, checkNumber, checkOneOf, show } from './check.ts'

describe('the check of an option', () => {
  it('lets whole numbers pass up to both ends of what it expects', () => {
    expect([checkInteger('items', 2, 2, 5), checkInteger('items', 5, 2, 5)]).toEqual([2, 5])
    expect(checkInteger('items', 0x3fffffff, 0)).toBe(0x3fffffff)
  })

  it.each([[1], [6], [2.5], [Number.NaN], [Infinity], ['3'], [undefined], [null], [3n]])(
    'refuses %s for a whole number from 2 to 5',
    (value) => {
      expect(() => checkInteger('items', value, 2, 5)).toThrow(
        new RangeError(`items: expected a whole number from 2 to 5, got ${show(value)}`),
      )
    },
  )

  it('names the largest number that an option can have at all', () => {
    expect(() => checkInteger('items', 2 ** 30, 1)).toThrow('from 1 to 1073741823, got 1073741824')
  })

  it('lets numbers pass up to both ends of what it expects', () => {
    expect([0.5, 1, 2].map((value) => checkNumber('share', value, 0.5, 2))).toEqual([0.5, 1, 2])
    expect(checkNumber('wait', Infinity, 0, Infinity)).toBe(Infinity)
  })

  it.each([[0.4], [2.1], [Number.NaN], ['1'], [undefined], [true]])(
    'refuses %s for a number from 0.5 to 2',
    (value) => {
      expect(() => checkNumber('share', value, 0.5, 2)).toThrow(
        new RangeError(`share: expected a number from 0.5 to 2, got ${show(value)}`),
      )
    },
  )

  it('lets functions pass and nothing else', () => {
    expect(checkFunction('key', show)).toBe(show)
    expect(() => checkFunction('key', 'show')).toThrow(new TypeError(`key: expected a function, got 'show'`))
  })

  it('lets words pass that it knows and nothing else', () => {
    expect(checkOneOf('order', 'input', ['input', 'completion'])).toBe('input')
    expect(() => checkOneOf('order', 'Input', ['input', 'completion'])).toThrow(
      new RangeError(`order: expected one of input, completion, got 'Input'`),
    )
  })
})

describe('the picture of a value in a message', () => {
  it.each([
    ['x', `'x'`],
    ['y'.repeat(60), `'${'y'.repeat(60)}'`],
    ['z'.repeat(61), `'${'z'.repeat(60)}…'`],
    [[1], 'an array'],
    [{}, 'an object'],
    [Object.create(null), 'an object'],
    [null, 'null'],
    [undefined, 'undefined'],
    [() => 1, 'a function'],
    [Symbol('s'), 'Symbol(s)'],
    [-0.5, '-0.5'],
  ])('is short and safe', (value, text) => {
    expect(show(value)).toBe(text)
  })
})
