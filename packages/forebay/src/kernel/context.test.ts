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

  it('keeps its failed work only when every lease does', () => {
    const keeping = (keepsFailed?: boolean): Lease => ({
      ...lease(),
      ...(keepsFailed !== undefined && { keepsFailed }),
    })
    const keeps = (...leases: Lease[]): boolean | undefined =>
      joinContexts(leases.map((one) => ({ lease: one })))?.lease?.keepsFailed

    expect(keeps(keeping(true), keeping(true))).toBe(true)
    expect(keeps(keeping(true), keeping())).toBe(false)
    expect(keeps(keeping(false), keeping(true))).toBe(false)
  })

  it('has the most critical level and the earliest deadline, in whatever order they come', () => {
    expect(joinContexts([{ level: 1, deadline: 3 }, { level: 3, deadline: 9 }, {}])).toEqual({ level: 1, deadline: 3 })
    expect(joinContexts([{ level: 2 }, { level: 0, deadline: 7 }, { deadline: 5 }])).toEqual({ level: 0, deadline: 5 })
    expect(joinContexts([{ key: 'a' }, { key: 'b' }])).toEqual({})
  })
})
