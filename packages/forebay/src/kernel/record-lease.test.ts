import { describe, expect, it } from 'vitest'
import { ContextJoin } from './context-join.ts'
import { alone, joinContexts, noRecord, settle, type BulkLease, type Context } from './context.ts'
import { Totals } from './totals.ts'

const shared = (totals: Totals, items = 1): Context & BulkLease => totals.enter(undefined, items) as Context & BulkLease

describe('a lease that many items have', () => {
  it('ends so many records each time it is settled', () => {
    const totals = new Totals(true)
    const one = shared(totals, 5)
    settle(one, 'done')
    settle(one.of(3), 'dropped', 'full')
    expect(totals).toMatchObject({ in: 5, open: 1, out: 1, dropped: { full: 3 }, oversettled: 0 })
  })

  it('that is settled more often than there are records is noticed', () => {
    const totals = new Totals(true)
    settle(shared(totals).of(2), 'done')
    expect(totals.oversettled).toBe(1)
  })

  it('is split only when it is that of one item alone', () => {
    const totals = new Totals(true)
    const one = shared(totals)
    expect(() => one.split(1)).toThrow(TypeError)
    const own = alone({ ...one, key: 'a' })
    expect(own?.key).toBe('a')
    own?.lease?.split(1)
    settle(own, 'done')
    expect(totals.open).toBe(1)
    settle(own, 'failed')
    expect(totals).toMatchObject({ open: 0, out: 0, dropped: { failed: 1 } })
    expect(alone(own)).toBe(own)
    expect(alone(undefined)).toBeUndefined()
    expect(alone(noRecord)).toBe(noRecord)
  })

  it('is one of its own among joined ones', () => {
    const totals = new Totals(true)
    const other = totals.enter(undefined)
    const joined = joinContexts([shared(totals), other])
    joined?.lease?.split(1)
    settle(joined, 'done')
    expect(totals.open).toBe(2)
    settle(joined, 'done')
    expect(totals).toMatchObject({ open: 0, out: 2 })
  })
})

describe('contexts that are joined as they come', () => {
  it('are counted while they are all the same, and kept where they are not', () => {
    const totals = new Totals(true)
    const join = new ContextJoin()
    for (let i = 0; i < 4; i++) join.add(shared(totals))
    join.add(undefined)
    settle(join.take(), 'done')
    expect(totals).toMatchObject({ open: 0, out: 4 })

    join.add(totals.enter({ key: 'a', level: 2 }))
    join.add(shared(totals))
    join.add(shared(totals))
    const mixed = join.take()
    expect(mixed).toMatchObject({ level: 2 })
    settle(mixed, 'done')
    expect(totals).toMatchObject({ open: 0, out: 7, oversettled: 0 })
  })

  it('are those of no record, or none at all, when nothing else came', () => {
    const join = new ContextJoin()
    expect(join.take()).toBeUndefined()
    join.add(noRecord)
    join.add(noRecord)
    expect(join.take()).toBe(noRecord)
  })
})
