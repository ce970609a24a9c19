import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualClock, settled } from '../../testkit/virtual-clock.ts'
import { grantedLimit } from './granted-limit.ts'
import type { Quota } from './quota.ts'

const told = (...quotas: Partial<Quota>[]) => ({
  mayNotRetry: false,
  quotas: quotas.map((quota) => ({ name: 'c', unit: 'concurrent-requests', ...quota })),
})

describe('a limit that the other side sets', () => {
  it('grows by what is free there, and at most to the whole or its own bound', () => {
    const gate = grantedLimit({ max: 30, clock: new VirtualClock() })
    expect(gate.credit()).toBe(4)
    gate.tryAcquire()
    gate.hear(told({ limit: 20, remaining: 7 }))
    expect(gate.inspect()).toMatchObject({ limit: 8, inUse: 1, credit: 7 })
    gate.hear(told({ limit: 20, remaining: 25 }))
    expect(gate.inspect().limit).toBe(20)
    gate.hear(told({ remaining: 1000 }))
    expect(gate.inspect().limit).toBe(30)
    gate.hear(told({ limit: 20, remaining: 10 }, { limit: 6, remaining: 5 }))
    expect(gate.inspect().limit).toBe(6)
  })

  it('lets in who waits as soon as there is more, and none while nothing is free', async () => {
    const gate = grantedLimit({ max: 10, start: 1, clock: new VirtualClock() })
    const first = gate.tryAcquire()
    let count = 0
    for (let i = 0; i < 3; i++) void Promise.resolve(gate.acquire()).then(() => count++)
    gate.hear(told({ remaining: 0 }))
    await settled()
    expect(count).toBe(0)
    gate.hear(told({ remaining: 2 }))
    await settled()
    expect(count).toBe(2)
    gate.hear(told({ remaining: 0 }))
    first?.release()
    await settled()
    expect(count).toBe(3)
  })

  it('always tries one, and heeds nothing that is not about concurrency', () => {
    const gate = grantedLimit({ max: 10, clock: new VirtualClock() })
    gate.hear(told({ unit: 'requests', limit: 1, remaining: 0 }))
    expect(gate.inspect().limit).toBe(4)
    gate.hear(told({ limit: 0, remaining: 0 }))
    expect(gate.inspect().limit).toBe(1)
    gate.hear(told({}))
    expect(gate.inspect().limit).toBe(1)
  })

  it('stays between one and its bound, whatever it hears', () => {
    const number = fc.oneof(fc.double({ noNaN: true, min: 0 }), fc.constantFrom(0, 0.5, 1e15, undefined))
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { maxLength: 20 }), (said) => {
        const gate = grantedLimit({ max: 50, clock: new VirtualClock() })
        for (const [limit, remaining] of said) {
          gate.hear(told({ ...(limit !== undefined && { limit }), ...(remaining !== undefined && { remaining }) }))
          const { limit: now } = gate.inspect()
          expect(Number.isInteger(now) && now >= 1 && now <= 50).toBe(true)
        }
      }),
    )
  })

  it('checks its options', () => {
    expect(() => grantedLimit({ max: 0 })).toThrow(/^max: /)
    expect(() => grantedLimit({ max: 3, start: 4 })).toThrow(/^start: /)
  })
})
