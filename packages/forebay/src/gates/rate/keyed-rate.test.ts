import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Permit } from '../../kernel/gate.ts'
import { seededRandom } from '../../kernel/random.ts'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { all } from '../all.ts'
import { limit } from '../limit/limit.ts'
import { Gcra } from './gcra.ts'
import { KeyedGcra } from './keyed-gcra.ts'
import { keyedRate } from './keyed-rate.ts'

const asks = (longestPause: number) =>
  fc.array(
    fc.tuple(
      fc.integer({ min: 0, max: 25 }),
      fc.integer({ min: 0, max: longestPause }),
      fc.integer({ min: 1, max: 4 }),
    ),
    { maxLength: 200 },
  )

describe('keyedRate', () => {
  it('gives each of few keys exactly what a rate of its own would', () => {
    fc.assert(
      fc.property(asks(40), (steps) => {
        const clock = new VirtualClock()
        const gate = keyedRate({ limit: 100, burst: 5, max: 4096, random: seededRandom(1), clock })
        const models = new Map<number, Gcra>()
        for (const [key, pause, cost] of steps) {
          clock.advanceSync(pause)
          const model = models.get(key) ?? new Gcra({ limit: 100, per: 1000, burst: 5 })
          models.set(key, model)
          const conforms = model.waitMs(cost, clock.now(), 0) === 0
          if (conforms) model.take(cost, clock.now())
          expect(gate.tryAcquire({ key: `key ${key}`, cost }) !== undefined).toBe(conforms)
        }
      }),
    )
  })

  it('gives no key more than its rate, however many others are named and however few fit', () => {
    fc.assert(
      fc.property(asks(4), fc.integer({ min: 1, max: 1000 }), (steps, seed) => {
        const clock = new VirtualClock()
        const gate = keyedRate({ limit: 100, burst: 5, max: 8, random: seededRandom(seed), clock })
        const models = new Map<number, Gcra>()
        for (const [key, pause, cost] of steps) {
          clock.advanceSync(pause)
          const model = models.get(key) ?? new Gcra({ limit: 100, per: 1000, burst: 5 })
          models.set(key, model)
          const permit = gate.tryAcquire({ key: `key ${key}`, cost })
          if (permit === undefined) continue
          expect(model.waitMs(cost, clock.now(), 0)).toBe(0)
          model.take(cost, clock.now())
          if (cost > 3) {
            permit.settle(cost - 2)
            model.correct(-2, clock.now())
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('gives a key nothing for having it put out by others', () => {
    const clock = new VirtualClock()
    const gate = keyedRate({ limit: 100, burst: 5, max: 8, clock })
    gate.tryAcquire({ key: 'mallory', cost: 4 })
    for (let i = 0; i < 8; i++) expect(gate.tryAcquire({ key: `puppet ${i}`, cost: 5 }) !== undefined).toBe(true)
    expect(gate.tryAcquire({ key: 'late puppet', cost: 5 })).toBeUndefined()

    expect(gate.tryAcquire({ key: 'mallory' })).toBeDefined()
    expect(gate.tryAcquire({ key: 'mallory' })).toBeUndefined()
    clock.advanceSync(50)
    expect(gate.tryAcquire({ key: 'mallory', cost: 5 })).toBeDefined()
  })

  it('takes 17 bytes a key, and no more for a million of them', () => {
    const rates = new KeyedGcra({ limit: 10, per: 1000, burst: 10 }, 1_000_000, 7)
    const { bytes } = rates
    expect(bytes / 1_048_576).toBe(17)

    for (let i = 0; i < 1_000_000; i++) rates.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 1, i / 10_000)

    expect(rates.bytes).toBe(bytes)
  })

  it('keeps an abuser at its rate through a flood of a million random keys, and everybody is whole again soon after', () => {
    const clock = new VirtualClock()
    const random = seededRandom(3)
    const gate = keyedRate({ limit: 10, burst: 10, max: 65_536, random, clock })
    let abuse = 0
    for (let i = 0; i < 1_000_000; i++) {
      if (i % 100 === 0) clock.advanceSync(1)
      gate.tryAcquire({ key: `${random.next()}` })
      if (i % 10 === 0 && gate.tryAcquire({ key: 'mallory' }) !== undefined) abuse++
    }

    expect(clock.now()).toBe(10_000)
    expect(abuse).toBeLessThanOrEqual(10 + 10 * 10)
    expect(abuse).toBeGreaterThan(100)
    clock.advanceSync(1100)
    for (let i = 0; i < 1000; i++) expect(gate.tryAcquire({ key: `new ${i}`, cost: 10 })).toBeDefined()
  })

  it('pays back to the key that asked, also when asks without a cost share a permit', () => {
    const clock = new VirtualClock()
    const gate = keyedRate({ limit: 1, burst: 4, clock })
    const a = gate.tryAcquire({ key: 'a' }) as Permit
    const b = gate.tryAcquire({ key: 'b' }) as Permit

    b.settle(4)
    expect(gate.waitMs({ key: 'b' })).toBe(1000)
    expect(gate.waitMs({ key: 'a', cost: 3 })).toBe(0)
    a.settle(0)
    expect(gate.waitMs({ key: 'a', cost: 4 })).toBe(0)
  })

  it('does not let one key hold up the others in the line, alone or among other gates', async () => {
    const clock = new VirtualClock()
    for (const gate of [
      keyedRate({ limit: 1, burst: 1, line: { hold: '1m' }, clock }),
      all([keyedRate({ limit: 1, burst: 1, clock }), limit(100, { clock })], { line: { hold: '1m' } }),
    ]) {
      const from = clock.now()
      const at: Record<string, number[]> = { a: [], b: [] }
      for (const key of ['a', 'a', 'a', 'b', 'b']) {
        void Promise.resolve(gate.acquire({ key })).then(() => at[key]?.push(clock.now() - from))
      }
      await clock.advance(5000)
      expect(at).toEqual({ a: [0, 1000, 2000], b: [0, 1000] })
    }
  })

  it('can be changed while it runs, and names what is wrong', () => {
    const clock = new VirtualClock()
    const gate = keyedRate({ limit: '60/m', burst: 2, clock })
    expect(gate.credit()).toBe(2)
    gate.set({ burst: 4 })
    expect(gate.credit()).toBe(4)
    expect(() => gate.set({ limit: -1 })).toThrow(/^limit: /)
    expect(() => keyedRate({ limit: 1, max: 0 })).toThrow(/^max: /)
    expect(gate.inspect()).toMatchObject({ kind: 'keyed', name: 'rate', state: 'free' })
  })
})
