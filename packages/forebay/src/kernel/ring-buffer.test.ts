import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RingBuffer } from './ring-buffer.ts'

const move = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('push' as const), at: fc.nat(99) }) },
  fc.record({
    do: fc.constantFrom('shift' as const, 'pop' as const, 'removeAt' as const, 'replace' as const),
    at: fc.nat(99),
  }),
)

function contents(ring: RingBuffer<number>): number[] {
  return Array.from({ length: ring.length }, (_, offset) => ring.at(offset))
}

describe('a ring buffer', () => {
  it('does what an array does, from either end and in the middle, around its own end and while it grows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70 }), fc.array(move, { maxLength: 200 }), (capacity, moves) => {
        const ring = new RingBuffer<number>(capacity)
        const model: number[] = []
        for (const [count, { do: what, at }] of moves.entries()) {
          const offset = model.length === 0 ? 0 : at % model.length
          if (what === 'push') {
            if (ring.isFull) expect(() => ring.push(count)).toThrow(`ring buffer of ${capacity} is full`)
            else {
              ring.push(count)
              model.push(count)
            }
          } else if (model.length > 0) {
            if (what === 'shift') expect(ring.shift()).toBe(model.shift())
            else if (what === 'pop') expect(ring.pop()).toBe(model.pop())
            else if (what === 'removeAt') expect(ring.removeAt(offset)).toBe(model.splice(offset, 1)[0])
            else {
              ring.replace(offset, -count)
              model[offset] = -count
            }
          }
          expect(contents(ring)).toEqual(model)
          expect(ring.isFull).toBe(model.length >= capacity)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('takes as many as it may hold and not one more, below, at and above the sizes of its store', () => {
    for (const capacity of [0, 1, 2, 3, 15, 16, 17, 32, 33, 1000]) {
      const ring = new RingBuffer<number>(capacity)
      for (let n = 0; n < capacity; n++) ring.push(n)

      expect([ring.length, ring.isFull]).toEqual([capacity, true])
      expect(() => ring.push(0), `${capacity}`).toThrow(RangeError)
      expect(contents(ring)).toEqual(Array.from({ length: capacity }, (_, n) => n))
    }
  })

  it('keeps nothing of what has left', () => {
    const ring = new RingBuffer<object | undefined>(4)
    const taken = [{}, {}, {}, {}]
    for (const item of taken) ring.push(item)

    ring.shift()
    ring.pop()
    ring.removeAt(0)
    ring.removeAt(0)

    expect(ring.length).toBe(0)
    expect([0, 1, 2, 3].map((offset) => ring.at(offset))).toEqual([undefined, undefined, undefined, undefined])
  })

  it('moves the shorter side when one is taken from the middle', () => {
    class Counting extends RingBuffer<number> {
      moved = 0

      override replace(offset: number, item: number): void {
        this.moved++
        super.replace(offset, item)
      }
    }
    const movedFor = (offset: number): number => {
      const ring = new Counting(10)
      for (let n = 0; n < 10; n++) ring.push(n)
      expect(ring.removeAt(offset)).toBe(offset)
      return ring.moved
    }

    expect([0, 1, 4, 5, 8, 9].map(movedFor)).toEqual([0, 1, 4, 4, 1, 0])
  })
})
