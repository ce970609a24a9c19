import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CreditAccount } from './credit.ts'

describe('the credit of a boundary', () => {
  it('is spent only as far as it was granted, whatever grants are lost, repeated or late', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.record({ total: fc.nat(100) }), fc.constant('spend' as const))), (events) => {
        const credit = new CreditAccount()
        let largest = 0
        let spent = 0
        for (const event of events) {
          if (event === 'spend') {
            if (!credit.canSpend()) expect(() => credit.spend()).toThrow('without credit')
            else {
              credit.spend()
              spent++
            }
          } else {
            largest = Math.max(largest, event.total)
            credit.grantTo(event.total)
          }
        }
        expect(spent).toBeLessThanOrEqual(largest)
        expect(credit.items).toBe(largest - spent)
      }),
    )
  })

  it('lets everything pass that was granted: a later total repairs a lost one', () => {
    const credit = new CreditAccount()
    credit.grantTo(10) // the grants of 4 and 7 were lost on the way

    let spent = 0
    while (credit.canSpend()) {
      credit.spend()
      spent++
    }

    expect(spent).toBe(10)
  })

  it('stops at its bytes, but lets one item overdraw them', () => {
    const credit = new CreditAccount()
    credit.grantTo(10, 100)

    credit.spend(99)
    credit.spend(5000)

    expect(credit.canSpend()).toBe(false)
    credit.grantTo(10, 6000)
    expect(credit.canSpend()).toBe(true)
    expect(credit.totals).toEqual({ grantedItems: 10, grantedBytes: 6000, spentItems: 2, spentBytes: 5099 })
  })

  it('is over with the last byte, and older totals of bytes change nothing', () => {
    const credit = new CreditAccount()
    credit.grantTo(3, 100)
    credit.grantTo(2, 40)
    expect(credit.totals).toMatchObject({ grantedItems: 3, grantedBytes: 100 })

    credit.spend(100)

    expect([credit.items, credit.bytes, credit.canSpend()]).toEqual([2, 0, false])
    expect(() => credit.spend()).toThrow(expect.objectContaining({ code: 'FOREBAY_PROTOCOL' }))
  })
})
