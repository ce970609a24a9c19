import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IdSet } from './id-set.ts'

describe('IdSet', () => {
  it('holds what a set holds', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50_000)), (ids) => {
        const bits = new IdSet()
        for (const id of ids) bits.add(id)
        const set = new Set(ids)
        expect(bits.size).toBe(set.size)
        expect([...bits]).toEqual([...set].toSorted((a, b) => a - b))
        for (let id = 0; id < 100; id++) expect(bits.has(id)).toBe(set.has(id))
      }),
    )
  })

  it.each([-1, 1.5, Number.NaN, 2 ** 31])('refuses %s', (id) => {
    expect(() => new IdSet().add(id)).toThrow(/expected an id/)
  })
})
