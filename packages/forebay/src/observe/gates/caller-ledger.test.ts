import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CallerLedger } from './caller-ledger.ts'

describe('the ledger of callers', () => {
  it('counts what each asked, was given, waits for and was refused, and the share of cost that it got', () => {
    const ledger = new CallerLedger(4)
    ledger.give('a', 3, false)
    ledger.wait('a')
    ledger.wait('b')
    ledger.give('b', 1, true)
    ledger.wait('a')
    ledger.refuse('a', 'limit', true)
    ledger.refuse('b', 'line', false)

    expect(ledger.top()).toEqual([
      { key: 'a', asked: 3, given: 1, waiting: 1, sheds: { limit: 1 }, share: 0.75 },
      { key: 'b', asked: 2, given: 1, waiting: 0, sheds: { line: 1 }, share: 0.25 },
    ])
  })

  it('keeps whoever asks much, however many keys strangers invent, and no more than its bound', () => {
    const ledger = new CallerLedger(10)
    for (let i = 0; i < 50_000; i++) {
      ledger.give(i % 4 === 0 ? 'busy' : `stranger ${i}`, 1, false)
    }
    const top = ledger.top()

    expect(top).toHaveLength(10)
    expect(top[0]).toMatchObject({ key: 'busy', asked: 12_500, given: 12_500, share: 0.25 })
    expect(ledger.others().given + top.reduce((sum, { given }) => sum + given, 0)).toBe(50_000)
  })

  it('has every key among its own that makes more than one in so many of all asks, in whatever order they come', () => {
    const stream = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { minLength: 1, maxLength: 120 })
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 5 }), (keys, max) => {
        const ledger = new CallerLedger(max)
        for (const key of keys) ledger.give(key, 1, false)
        const counted = new Set(ledger.top().map(({ key }) => key))
        for (const key of new Set(keys)) {
          const asks = keys.filter((other) => other === key).length
          if (asks > keys.length / max) expect(counted).toContain(key)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('keeps whoever asks again and again from being driven out by keys that come once', () => {
    const ledger = new CallerLedger(3)
    for (const key of ['a', 'a', 'b', 'b', 'c', 'c']) ledger.give(key, 1, false)
    for (let i = 0; i < 50; i++) {
      ledger.give('often', 1, false)
      ledger.give(`once ${i}`, 1, false)
    }

    expect(ledger.top().map(({ key }) => key)).toContain('often')
  })

  it('lets nobody wait for ever who was counted elsewhere when he began to', () => {
    const ledger = new CallerLedger(1)
    ledger.wait('a')
    ledger.wait('b') // one of the others: a may not go
    ledger.give('a', 1, true)
    ledger.give('b', 1, false) // has an account now
    ledger.refuse('b', 'limit', true)

    expect(ledger.top()).toMatchObject([{ key: 'b', asked: 1, given: 1, waiting: 0 }])
    expect(ledger.others()).toMatchObject({ asked: 2, given: 1, waiting: 0, sheds: { limit: 1 } })
  })

  it('does not forget who stands in line', () => {
    const ledger = new CallerLedger(2)
    ledger.wait('slow')
    for (let i = 0; i < 100; i++) ledger.give(`other ${i}`, 1, false)
    ledger.give('slow', 1, true)

    expect(ledger.top().find(({ key }) => key === 'slow')).toMatchObject({ asked: 1, given: 1, waiting: 0 })
  })

  it('takes those for others that come while everybody it counts stands in line', () => {
    const ledger = new CallerLedger(1)
    ledger.wait('a')
    ledger.wait('b')
    ledger.refuse('b', 'limit', true)
    ledger.give('a', 1, true)

    expect(ledger.top()).toMatchObject([{ key: 'a', asked: 1, given: 1, waiting: 0 }])
    expect(ledger.others()).toMatchObject({ asked: 1, waiting: 0, sheds: { limit: 1 } })
  })

  it('shows no more of a key than fits', () => {
    const ledger = new CallerLedger(1)
    ledger.give('x'.repeat(1000), 1, false)

    expect(ledger.top()[0]?.key).toMatch(/^x{79}…$/)
  })

  it('adds up, whatever comes in which order', () => {
    const step = fc.tuple(fc.constantFrom('give', 'wait', 'refuse'), fc.constantFrom('a', 'b', 'c', 'd', 'e'))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 4 }), (steps, max) => {
        const ledger = new CallerLedger(max)
        const inLine: string[] = []
        let asked = 0
        for (const [what, key] of steps) {
          const waiter = what === 'wait' ? undefined : inLine.indexOf(key)
          const hasWaited = waiter !== undefined && waiter >= 0
          if (hasWaited) inLine.splice(waiter, 1)
          else asked++
          if (what === 'wait') {
            inLine.push(key)
            ledger.wait(key)
          } else if (what === 'give') ledger.give(key, 1, hasWaited)
          else ledger.refuse(key, 'limit', hasWaited)
        }
        const all = [...ledger.top(), ledger.others()]
        expect(all.reduce((sum, counts) => sum + counts.asked, 0)).toBe(asked)
        expect(all.reduce((sum, counts) => sum + counts.waiting, 0)).toBe(inLine.length)
        expect(all.every(({ waiting }) => waiting >= 0)).toBe(true)
        expect(all.length).toBeLessThanOrEqual(max + 1)
      }),
    )
  })
})
