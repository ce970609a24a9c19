import { describe, expect, it, vi } from 'vitest'
import { ContextJoin } from './context-join.ts'
import { alone, joinContexts, noRecord, settle, type BulkLease, type Context, type Lease } from './context.ts'
import { Totals } from './totals.ts'

const shared = (totals: Totals, items = 1): Context & BulkLease => totals.enter(undefined, items) as Context & BulkLease

/** A lease from outside, such as that of a delivery, and how it is settled. */
const outside = (keepsFailed?: boolean) => {
  const ends = vi.fn<Lease['settle']>()
  const lease: Lease = { settle: ends, split: () => {}, ...(keepsFailed === undefined ? {} : { keepsFailed }) }
  return { lease, ends }
}

describe('the lease of one record', () => {
  it('ends with its last holder, as badly as the worst of them, and tells whom it came from once', () => {
    const totals = new Totals(true)
    const { lease, ends } = outside()
    const one = totals.enter({ lease })
    one?.lease?.split(2)
    settle(one, 'dropped', 'full')
    settle(one, 'done')
    expect(ends).not.toHaveBeenCalled()
    settle(one, 'filtered')

    expect(totals).toMatchObject({ open: 0, out: 0, dropped: { full: 1 } })
    expect(ends.mock.calls).toEqual([['dropped', 'full']])
  })

  it('has the reason of the last of those that were as bad', () => {
    const totals = new Totals(true)
    const one = totals.enter(undefined)
    one?.lease?.split(1)
    settle(one, 'dropped', 'full')
    settle(one, 'dropped', 'late')
    expect(totals.dropped).toEqual({ late: 1 })
  })

  it('notices when it is settled by more than hold it, and ends no second time', () => {
    const totals = new Totals(true)
    const { lease, ends } = outside()
    const one = totals.enter({ lease })
    settle(one, 'done')
    settle(one, 'failed')
    settle(one, 'failed')

    expect(totals).toMatchObject({ open: 0, out: 1, dropped: {}, oversettled: 2 })
    expect(ends.mock.calls).toEqual([['done', undefined]])
  })

  it('keeps what has failed where that came from does', () => {
    const totals = new Totals(true)
    const keeps = (context: Context | undefined): boolean | undefined => context?.lease?.keepsFailed
    expect(keeps(totals.enter({ lease: outside(true).lease }))).toBe(true)
    expect(keeps(totals.enter({ lease: outside(false).lease }))).toBe(false)
    expect(keeps(totals.enter({ lease: outside().lease }))).toBe(false)
    expect(keeps(totals.enter(undefined))).toBe(false)
  })
})

describe('a lease that many items have', () => {
  it('ends so many records each time it is settled', () => {
    const totals = new Totals(true)
    const one = shared(totals, 5)
    settle(one, 'done')
    settle(one.of(3), 'dropped', 'full')
    expect(totals).toMatchObject({ in: 5, open: 1, out: 1, dropped: { full: 3 }, oversettled: 0 })
  })

  it('stays one that many have when it is made one of several records', () => {
    const totals = new Totals(true)
    const two = shared(totals, 4).of(2)
    settle(two, 'done')
    settle(two, 'done')
    expect(totals).toMatchObject({ open: 0, out: 4, oversettled: 0 })
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
