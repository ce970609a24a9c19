import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCsv } from './csv.ts'

describe('parseCsv', () => {
  it('reads back whatever was written by the rules', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é') })
    fc.assert(
      fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1 }), (records) => {
        const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
        const text = records.map((record) => record.map(quoted).join(',')).join('\r\n')
        expect(parseCsv(text)).toEqual(records)
      }),
    )
  })

  it.each([
    [
      'a,b\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['a,b\n', [['a', 'b']]],
    [
      'a,\n,b',
      [
        ['a', ''],
        ['', 'b'],
      ],
    ],
    ['a,', [['a', '']]],
    ['"W. H. ""Bud"" Barron","Troy, NY"\n', [['W. H. "Bud" Barron', 'Troy, NY']]],
    ['', []],
  ])('reads %j', (text, records) => {
    expect(parseCsv(text)).toEqual(records)
  })

  it('refuses a quote that is never closed', () => {
    expect(() => parseCsv('a,"b')).toThrow(/never closed/)
  })
})
