import { describe, expect, it } from 'vitest'
import { keyPartition, murmur2 } from './key-partition.ts'

describe('the partition of a key', () => {
  // The figures of UtilsTest.testMurmur2 in Apache Kafka.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as the producers of Kafka do', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash)
  })

  it('is one of those that there are, and uses all of them', () => {
    const found = new Set(Array.from({ length: 500 }, (_, i) => keyPartition(`key-${i} é`, 7)))
    expect([...found].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6])
  })
})
