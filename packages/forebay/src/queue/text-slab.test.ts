import { describe, expect, it } from 'vitest'
import { TextSlab } from './text-slab.ts'

describe('a slab of texts', () => {
  it('keeps every text as it is, whatever its length and letters, for as long as it is held', () => {
    const slab = new TextSlab()
    const texts = Array.from({ length: 3000 }, (_, i) => `${i}${'€é😀x'.repeat(i % 700)}`)
    const held = texts.map((text) => slab.encode(text))
    const decoder = new TextDecoder()
    held.forEach((bytes, i) => expect(decoder.decode(bytes)).toBe(texts[i]))
  })

  it('lets short texts share a buffer, and gives a long one its own', () => {
    const slab = new TextSlab()
    const [first, second, long] = [slab.encode('one'), slab.encode('two'), slab.encode('x'.repeat(5000))]
    expect(second.buffer).toBe(first.buffer)
    expect(first.buffer.byteLength).toBeLessThanOrEqual(8192)
    expect(long.buffer.byteLength).toBe(5000)
    expect(slab.encode('')).toHaveLength(0)
  })
})
