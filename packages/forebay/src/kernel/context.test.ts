import { describe, expect, it, vi } from 'vitest'
import { joinContexts, noRecord, settle, type Lease, type OwnContext } from './context.ts'

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

  it('joins what the program has given them, in their order', () => {
    const own = (...names: string[]): OwnContext => ({
      value: names,
      join: (next) => own(...names, ...(next.value as string[])),
    })
    const joined = joinContexts([{ own: own('a') }, {}, { own: own('b') }, { own: own('c') }])

    expect(joined?.own?.value).toEqual(['a', 'b', 'c'])
    expect(joinContexts([{ key: 'without' }, {}])).not.toHaveProperty('own')
  })

  it('is of no record when all of them are, and what is of no record adds nothing to others', () => {
    const only = { level: 1 } as const

    expect(joinContexts([noRecord, noRecord])).toBe(noRecord)
    expect(joinContexts([noRecord, undefined])).toBeUndefined()
    expect(joinContexts([noRecord, only, noRecord])).toEqual({ level: 1 })
    expect(() => settle(noRecord, 'done')).not.toThrow()
    expect(() => noRecord.lease?.split(2)).not.toThrow()
  })
})

it('an item without an account, or without a context, is settled by nobody', () => {
  expect(() => settle(undefined, 'done')).not.toThrow()
  expect(() => settle({ level: 1 }, 'done')).not.toThrow()
})
