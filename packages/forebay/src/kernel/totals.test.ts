import { describe, expect, it, vi } from 'vitest'
import type { Context, Lease, Outcome } from './context.ts'
import type { FlowLedger } from './snapshot.ts'
import { isBalanced, Totals } from './totals.ts'

const parts = { out: 0, inFlight: 0, carriedOut: 0, deadLettered: 0, redriven: 0 }
const leaseOf = (context: Context | undefined): Lease => context?.lease as Lease

/** The totals of one record that ended like this. */
function endedWith(...ends: readonly (readonly [outcome: Outcome, reason?: unknown])[]): Totals {
  const totals = new Totals(true)
  const lease = leaseOf(totals.enter(undefined))
  if (ends.length > 1) lease.split(ends.length - 1)
  for (const [outcome, reason] of ends) lease.settle(outcome, reason)
  return totals
}

describe('where one item is one record', () => {
  it('counts records as they enter and what is thrown away, by reason, and hands contexts on as they are', () => {
    const totals = new Totals(false)
    const context = { level: 1 } as const

    expect(totals.enter(undefined)).toBe(undefined)
    expect(totals.enter(context)).toBe(context)
    totals.drop('full')
    totals.drop('full', 2)
    totals.discarded(undefined, 'expired')
    totals.discarded({ lease: { settle: () => {}, split: () => {} } }, 'expired')
    totals.buried(undefined)
    totals.buried({ lease: { settle: () => {}, split: () => {} } })

    expect(totals).toMatchObject({ in: 2, open: 0, dropped: { full: 3, expired: 2 }, deadLettered: 2 })
  })
})

describe('where records have leases', () => {
  it('what is thrown away, and what somebody has taken, is counted by the lease, if there is one', () => {
    const totals = new Totals(true)
    const context = totals.enter(undefined)
    totals.discarded(context, 'full')
    totals.buried(context)
    expect(totals).toMatchObject({ dropped: {}, deadLettered: 0 })
    totals.discarded(undefined, 'full')
    totals.discarded({ level: 1 }, 'full')
    totals.buried(undefined)
    totals.buried({ level: 1 })

    expect(totals).toMatchObject({ dropped: { full: 2 }, deadLettered: 2 })
  })

  it('a record that brought a context keeps it, with a lease of its own', () => {
    const totals = new Totals(true)
    const context = totals.enter({ level: 2, deadline: 9 })

    expect(context).toMatchObject({ level: 2, deadline: 9 })
    expect(totals).toMatchObject({ in: 1, open: 1 })
    leaseOf(context).settle('done')
    expect(totals).toMatchObject({ in: 1, open: 0, out: 1 })
  })

  it('a record is over with its last share, and one that ends too often is counted as a mistake', () => {
    const totals = new Totals(true)
    const lease = leaseOf(totals.enter(undefined))
    lease.split(2)
    lease.settle('done')
    lease.settle('done')
    expect(totals).toMatchObject({ open: 1, out: 0 })
    lease.settle('done')
    expect(totals).toMatchObject({ open: 0, out: 1, oversettled: 0 })
    lease.settle('done')

    expect(totals).toMatchObject({ open: 0, out: 1, oversettled: 1 })
  })

  it.each([
    ['done', undefined, { out: 1 }],
    ['filtered', undefined, { out: 1 }],
    ['dropped', 'full', { dropped: { full: 1 } }],
    ['dropped', undefined, { dropped: { dropped: 1 } }],
    ['dropped', 'dead-letter', { deadLettered: 1 }],
    ['failed', 'dead-letter', { dropped: { failed: 1 } }],
    ['returned', 'closed', { dropped: { closed: 1 } }],
    ['returned', new Error('x'), { dropped: { cancelled: 1 } }],
    ['stored', 'kept', {}],
  ] as const)('an end of %s, for %s, is counted once and nowhere else', (outcome, reason, expected) => {
    const nothing = { out: 0, deadLettered: 0, dropped: {}, open: 0, oversettled: 0 }

    expect(endedWith([outcome, reason])).toMatchObject({ ...nothing, ...expected })
    expect(endedWith([outcome, reason]).dropped).toEqual({ ...nothing, ...expected }.dropped)
  })

  it('the worst end of its shares is that of the record, with its reason, and of two alike the later', () => {
    expect(endedWith(['dropped', 'full'], ['done']).dropped).toEqual({ full: 1 })
    expect(endedWith(['done'], ['dropped', 'full']).dropped).toEqual({ full: 1 })
    expect(endedWith(['dropped', 'full'], ['dropped', 'expired']).dropped).toEqual({ expired: 1 })
    expect(endedWith(['stored'], ['done'])).toMatchObject({ out: 1, dropped: {} })
  })

  it('the lease that a record came with is told the end, once', () => {
    const outer = { settle: vi.fn<Lease['settle']>(), split: vi.fn<Lease['split']>(), keepsFailed: true }
    const totals = new Totals(true)
    const lease = leaseOf(totals.enter({ lease: outer }))
    lease.split(1)
    lease.settle('failed', 'because')
    expect(outer.settle).not.toHaveBeenCalled()
    lease.settle('done')
    lease.settle('done')

    expect(outer.settle).toHaveBeenCalledExactlyOnceWith('failed', 'because')
    expect(outer.split).not.toHaveBeenCalled()
    expect(lease.keepsFailed).toBe(true)
  })

  it('work that has failed is kept only where the outer lease says so', () => {
    const totals = new Totals(true)
    const silent = { settle: () => {}, split: () => {} }

    expect(leaseOf(totals.enter(undefined)).keepsFailed).toBe(false)
    expect(leaseOf(totals.enter({ lease: silent })).keepsFailed).toBe(false)
    expect(leaseOf(totals.enter({ lease: { ...silent, keepsFailed: false } })).keepsFailed).toBe(false)
  })
})

describe('a ledger', () => {
  it('adds what is known elsewhere to what was counted, and is a picture of its own', () => {
    const totals = new Totals(false)
    Object.assign(totals, { in: 10, out: 3, carriedIn: 1, deadLettered: 2 })
    totals.drop('full', 4)
    const ledger = totals.ledger({ out: 1, inFlight: 5, carriedOut: 6, deadLettered: 7, redriven: 8 })
    totals.drop('full')

    expect(ledger).toEqual({
      carriedIn: 9,
      in: 10,
      out: 4,
      dropped: { full: 4 },
      deadLettered: 9,
      inFlight: 5,
      carriedOut: 6,
    })
  })

  it('is balanced when all that came in has gone somewhere, and not when any part of it is off by one', () => {
    const ledger: FlowLedger = {
      ...new Totals(false).ledger(parts),
      carriedIn: 4,
      in: 20,
      out: 8,
      dropped: { full: 3, expired: 2 },
      deadLettered: 5,
      inFlight: 1,
      carriedOut: 5,
    }

    expect(isBalanced(ledger)).toBe(true)
    for (const part of ['carriedIn', 'in', 'out', 'deadLettered', 'inFlight', 'carriedOut'] as const) {
      expect(isBalanced({ ...ledger, [part]: ledger[part] + 1 }), part).toBe(false)
    }
    expect(isBalanced({ ...ledger, dropped: { full: 3, expired: 3 } })).toBe(false)
    expect(isBalanced({ ...ledger, dropped: { full: 4, expired: 2 } })).toBe(false)
  })
})
