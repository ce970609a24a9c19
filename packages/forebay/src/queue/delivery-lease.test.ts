import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../kernel/context.ts'
import { DeliveryLease } from './delivery-lease.ts'
import { Totals } from '../kernel/totals.ts'

/** From the best to the worst that can become of a share. */
const outcomes: readonly Outcome[] = ['stored', 'filtered', 'done', 'dropped', 'returned', 'failed']

function ended(shares: readonly (readonly [Outcome, unknown])[]): unknown[] {
  const ends: unknown[] = []
  const lease = new DeliveryLease((outcome, reason) => ends.push([outcome, reason]))
  lease.split(shares.length - 1)
  for (const [outcome, reason] of shares) lease.settle(outcome, reason)
  return ends
}

describe('the lease of a delivery', () => {
  it('ends once, with the worst that became of a share, in whatever order they end', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...outcomes), { minLength: 1, maxLength: 6 }), (shares) => {
        const worst = shares.reduce((a, b) => (outcomes.indexOf(b) > outcomes.indexOf(a) ? b : a))

        expect(ended(shares.map((outcome) => [outcome, outcome] as const))).toEqual([[worst, worst]])
      }),
    )
  })

  it('goes back when one share was given back, though another was done afterwards', () => {
    expect(
      ended([
        ['returned', 'cancelled'],
        ['done', undefined],
      ]),
    ).toEqual([['returned', 'cancelled']])
  })

  it('waits for every share, and does not hear of more', () => {
    const ends: unknown[] = []
    const lease = new DeliveryLease((...end) => ends.push(end))
    lease.split(2)
    lease.settle('done')
    lease.settle('done')
    expect(ends).toEqual([])

    lease.settle('done')
    lease.settle('failed', 'too late')
    expect(ends).toEqual([['done', undefined]])
  })

  it('is kept by whoever delivers when its work fails', () => {
    expect(new DeliveryLease(() => {}).keepsFailed).toBe(true)
  })

  it('ends like the account of a record of a source', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...outcomes), { minLength: 1, maxLength: 6 }), (shares) => {
        const ends: unknown[] = []
        const outer = { settle: (...end: unknown[]) => void ends.push(end), split: () => {} }
        const record = new Totals(true).enter({ lease: outer })?.lease
        record?.split(shares.length - 1)
        for (const outcome of shares) record?.settle(outcome, outcome)

        expect(ended(shares.map((outcome) => [outcome, outcome] as const))).toEqual(ends)
      }),
    )
  })
})
