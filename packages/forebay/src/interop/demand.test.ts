import { describe, expect, it } from 'vitest'
import { UNBOUNDED } from '../kernel/receiver.ts'
import { Demand, isDemand } from './demand.ts'

/** Delivers all that can be taken, and says how much that was; stops after `most`. */
function deliver(demand: Demand, most: number): number {
  let delivered = 0
  for (let credit = demand.take(); credit > 0 && delivered < most;) {
    credit--
    delivered++
    if (demand.spend()) credit += demand.take()
  }
  return delivered
}

describe('a demand', () => {
  it('is a whole number above zero, of any kind, or without end', () => {
    for (const n of [1, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, Infinity, 1n, 2n ** 80n]) {
      expect(isDemand(n), String(n)).toBe(true)
    }
    for (const n of [0, -1, 1.5, Number.NaN, -Infinity, 0n, -1n, '1', null, undefined, [1]]) {
      expect(isDemand(n), String(n)).toBe(false)
    }
  })

  it('adds up, and is delivered to the last item in parts of a window', () => {
    for (const asked of [[1], [3, 4], [10], [9n], [4, 5, 6n, 7], [100]]) {
      const demand = new Demand(4)
      for (const n of asked) demand.add(n)
      expect(deliver(demand, 1000)).toBe(asked.reduce<number>((sum, n) => sum + Number(n), 0))
      expect(demand.isEmpty).toBe(true)
    }
  })

  it('never gives the run more than a window, whatever it is asked for while it delivers', () => {
    const demand = new Demand(8)
    let credit = 0
    let delivered = 0
    for (let asked = 0; asked < 300; asked += 3) {
      demand.add(3)
      credit += demand.take()
      expect(credit).toBeLessThanOrEqual(8)
      for (let i = 0; i < 2 && credit > 0; i++, delivered++) {
        credit--
        if (demand.spend()) credit += demand.take()
        expect(credit).toBeLessThanOrEqual(8)
      }
    }
    for (; credit > 0; delivered++) {
      credit--
      if (demand.spend()) credit += demand.take()
    }
    expect(delivered).toBe(300)
  })

  it('is exact below 2^63 − 1, and without end from there on', () => {
    const exact = new Demand()
    exact.add(2 ** 53)
    exact.add(2n ** 63n - 2n - 2n ** 53n)
    expect(exact.take()).toBe(2 ** 29)
    exact.add(1)
    expect(exact.take()).toBe(UNBOUNDED)
    expect(exact.spend()).toBe(false)

    for (const endless of [Infinity, 2n ** 63n - 1n, Number.MAX_VALUE]) {
      const demand = new Demand()
      demand.add(endless)
      demand.add(7)
      expect(demand.take()).toBe(UNBOUNDED)
      expect(demand.take()).toBe(0)
      expect(demand.isEmpty).toBe(false)
    }
  })
})
