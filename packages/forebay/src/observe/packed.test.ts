import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pack, unpack, type Packed } from './packed.ts'

const plain = fc.letrec<{ data: unknown }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 4 },
    fc.double(),
    fc.integer(),
    fc.constantFrom(Infinity, null, undefined, true, 'text'),
    fc.string(),
    fc.array(tie('data'), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 3 }), tie('data'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).data

describe('packed data', () => {
  it('comes out as it went in, whatever was packed before it', () => {
    fc.assert(
      fc.property(fc.array(plain, { maxLength: 6 }), (series) => {
        let before: Packed<unknown> | undefined
        for (const value of series) {
          before = pack(value, before)
          expect(unpack(before)).toEqual(value)
        }
      }),
    )
  })

  it('shares everything but numbers with the one before', () => {
    const picture = (n: number): object => ({
      name: 'flow',
      stages: [{ id: 'a', in: n, out: Infinity }],
      state: 'running',
    })
    const first = pack(picture(1))
    const second = pack(picture(2), first)
    expect(second.shape).toBe(first.shape)
    expect(second.leaves).toBe(first.leaves)
    const third = pack({ ...picture(3), state: 'done' }, second)
    expect(third.shape).toBe(first.shape)
    expect(third.leaves).toEqual(['flow', 'a', 'done'])
  })
})
