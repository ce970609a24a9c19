import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fromText, toText } from './postgres-text.ts'

it('carries any text through a column that takes neither NUL nor halves of surrogate pairs', () => {
  const any = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\0', '\\', '\\u0000', 'a\ud800', '\udfff\\'),
  )
  fc.assert(
    fc.property(fc.array(any), (parts) => {
      const text = parts.join('')
      const stored = toText(text)
      expect(stored).not.toMatch(/\0/)
      expect(Buffer.from(stored, 'utf8').toString('utf8')).toBe(stored)
      expect(fromText(stored)).toBe(text)
    }),
  )
})

it('leaves ordinary text as it is', () => {
  expect(toText('order-17 ✓ 😀')).toBe('order-17 ✓ 😀')
})
