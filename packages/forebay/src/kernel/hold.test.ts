import { describe, expect, it } from 'vitest'
import { OrderedHold } from './hold.ts'

describe('what an edge keeps its items in', () => {
  it('gives every item back with the context and the size it came with', () => {
    const hold = new OrderedHold(4)
    const context = { key: 'a' }
    const taken = (): unknown => {
      hold.take()
      return [hold.taken, hold.context, hold.bytes]
    }

    hold.put('plain', undefined, 0)
    hold.put('with context', context, 0)
    hold.put('with size', undefined, 7)

    expect(taken()).toEqual(['plain', undefined, 0])
    expect(taken()).toEqual(['with context', context, 0])
    expect(taken()).toEqual(['with size', undefined, 7])
  })

  it('holds as many items with contexts as without, over and over', () => {
    const hold = new OrderedHold(1)
    for (let i = 0; i < 100; i++) {
      hold.put(i, { key: `${i}` }, 0)
      hold.take()

      expect([hold.taken, hold.context?.key]).toEqual([i, `${i}`])
    }
  })
})
