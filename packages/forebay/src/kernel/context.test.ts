import { describe, expect, it, vi } from 'vitest'
import { joinContexts, settle, type Lease } from './context.ts'

const lease = () => ({ settle: vi.fn<Lease['settle']>(), split: vi.fn<Lease['split']>() })

describe('the context of an item made of several', () => {
  it('is nothing when none has one, and the only one when there is no other', () => {
    const only = { key: 'a' }

    expect(joinContexts([])).toBeUndefined()
    expect(joinContexts([undefined, undefined])).toBeUndefined()
    expect(joinContexts([only])).toBe(only)
  })

  it('settles and splits every lease', () => {
    const [a, b] = [lease(), lease()]
    const joined = joinContexts([{ lease: a }, undefined, { lease: b }, { key: 'without' }])
    joined?.lease?.split(2)
    settle(joined, 'dropped', 'full')

    for (const part of [a, b]) {
      expect(part.split).toHaveBeenCalledExactlyOnceWith(2)
      expect(part.settle).toHaveBeenCalledExactlyOnceWith('dropped', 'full')
    }
  })

  it('has the most critical level and the earliest deadline', () => {
    expect(joinContexts([{ level: 2 }, { level: 0, deadline: 7 }, { deadline: 5 }])).toEqual({ level: 0, deadline: 5 })
    expect(joinContexts([{ key: 'a' }, { key: 'b' }])).toEqual({})
  })
})
