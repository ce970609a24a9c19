import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SettledOffsets } from './settled-offsets.ts'

describe('the offsets of a partition that have ended', () => {
  it('moves the watermark over what has ended without a hole, in whatever order that came', () => {
    const settled = new SettledOffsets(10)
    settled.add(12)
    settled.add(11)
    expect(settled).toMatchObject({ watermark: 10, above: 2, runs: 1 })
    settled.add(10)
    expect(settled).toMatchObject({ watermark: 13, above: 0, runs: 0 })
  })

  it('knows the same as a plain set, and after a commit was read back as well', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 5 }))),
        fc.nat(20),
        (additions, watermark) => {
          const settled = new SettledOffsets(watermark)
          const plain = new Set(Array.from({ length: watermark }, (_, offset) => offset))
          for (const [from, count] of additions) {
            settled.addAll(from, from + count)
            for (let offset = from; offset < from + count; offset++) plain.add(offset)
          }
          const back = new SettledOffsets(settled.watermark, settled.encode())
          for (let offset = 0; offset < 70; offset++) {
            expect(settled.has(offset)).toBe(plain.has(offset))
            expect(back.has(offset)).toBe(plain.has(offset))
          }
          expect(plain.has(settled.watermark)).toBe(false)
          expect(settled.watermark + settled.above).toBe(plain.size)
        },
      ),
    )
  })

  it('takes text of other programs for nothing', () => {
    for (const text of ['', 'x', 'f1', 'f1 ', 'f1 -1.2', 'f1 z', 'f2 1.1'])
      expect(new SettledOffsets(5, text)).toMatchObject({ watermark: 5, above: 0 })
  })

  it('writes no more than a broker takes', () => {
    const settled = new SettledOffsets(0)
    for (let offset = 1; offset < 10_000; offset += 2) settled.add(offset)
    const text = settled.encode()
    expect(text.length).toBeLessThanOrEqual(4000)
    const back = new SettledOffsets(0, text)
    expect(back.has(1)).toBe(true)
    expect(back.has(2)).toBe(false)
    expect(back.above).toBeGreaterThan(500)
  })
})
