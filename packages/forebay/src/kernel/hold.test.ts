import { describe, expect, it } from 'vitest'
import { LatestHold, OrderedHold, type Hold } from './hold.ts'

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

  it('gives the youngest and any other back with what belongs to it, and keeps the rest in order', () => {
    for (const isTimed of [false, true]) {
      const hold = new OrderedHold(20, isTimed)
      const put = (n: number): void => hold.put(n, { key: `${n}` }, n * 10, n)
      const taken = (): unknown => [hold.taken, hold.context?.key, hold.bytes, hold.length]
      for (let n = 0; n < 6; n++) put(n)

      expect([hold.valueAt(2), hold.contextAt(2)?.key]).toEqual([2, '2'])
      hold.takeAt(hold.length - 1)
      expect(taken()).toEqual([5, '5', 50, 5])
      hold.takeAt(1)
      expect(taken()).toEqual([1, '1', 10, 4])
      expect(hold.oldestAt).toBe(isTimed ? 0 : undefined)
      hold.take()
      expect(taken()).toEqual([0, '0', 0, 3])
      expect(hold.oldestAt).toBe(isTimed ? 2 : undefined)
      hold.take()
      expect(taken()).toEqual([2, '2', 20, 2])
    }
  })

  it('takes items without context and size from both ends and the middle', () => {
    const hold = new OrderedHold(4)
    for (const value of ['a', 'b', 'c', undefined]) hold.put(value, undefined, 0)

    hold.takeAt(hold.length - 1)
    expect(hold.taken).toBe(undefined)
    hold.takeAt(1)
    expect([hold.taken, hold.contextAt(0)]).toEqual(['b', undefined])
    hold.take()
    expect([hold.taken, hold.context, hold.bytes, hold.length]).toEqual(['a', undefined, 0, 1])
  })

  it('gives the first of all back with its size, and knows no time of its items unless it is told to', () => {
    const hold = new OrderedHold(2)
    hold.put('a', undefined, 7, 5)

    expect(hold.oldestAt).toBe(undefined)
    hold.take()
    expect([hold.taken, hold.bytes]).toEqual(['a', 7])
  })

  it('shows the oldest time while the first of many leaves', () => {
    const hold = new OrderedHold(3, true)
    hold.put('a', undefined, 0, 5)
    hold.put('b', undefined, 0, 9)

    hold.take()
    expect([hold.taken, hold.oldestAt]).toEqual(['a', 9])
  })
})

describe('what an edge keeps the newest of each key in', () => {
  const drain = (hold: Hold): unknown[] => {
    const all: unknown[] = []
    while (hold.length > 0) {
      hold.take()
      all.push([hold.taken, hold.context?.key, hold.bytes])
    }
    return all
  }

  it('gives a newer item the place of the older one, which it hands back', () => {
    const hold = new LatestHold((value) => (value as string)[0])
    hold.put('a1', { key: 'a1' }, 1, 10)
    hold.put('b1', { key: 'b1' }, 2, 20)

    expect(hold.replace('a2', { key: 'a2' }, 3, 30)).toEqual({ value: 'a1', context: { key: 'a1' }, bytes: 1, at: 10 })
    expect(hold.replace('c1', undefined, 4, 40)).toBe(undefined)
    expect([hold.length, hold.oldestAt]).toEqual([2, 20])
    expect(drain(hold)).toEqual([
      ['a2', 'a2', 3],
      ['b1', 'b1', 2],
    ])
  })

  it('takes every item for a key of its own when nobody says what the key is', () => {
    const hold = new LatestHold(undefined)
    hold.put(1, undefined, 0, 0)
    hold.put(2, undefined, 0, 0)

    expect(hold.replace(1, undefined, 0, 5)?.value).toBe(1)
    expect(drain(hold).map((row) => (row as unknown[])[0])).toEqual([1, 2])
  })
})
