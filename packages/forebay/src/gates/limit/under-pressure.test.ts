import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ClosedLoop } from '../../../test/support/closed-loop.ts'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { limit } from './limit.ts'
import { tide } from './tide.ts'
import { underPressure } from './under-pressure.ts'

/** A reading that a test sets. */
class Dial {
  readonly name: string
  value = 0
  reads = 0

  constructor(name = 'dial') {
    this.name = name
  }

  read(): number {
    this.reads++
    return this.value
  }
}

/** The limit after each of so many readings. */
function limits(gate: ReturnType<typeof limit>, clock: VirtualClock, readings: number): number[] {
  return Array.from({ length: readings }, () => {
    clock.advanceSync(250)
    gate.tryAcquire()?.release()
    return gate.inspect().limit
  })
}

describe('a limit under pressure', () => {
  it('shrinks step by step while a reading is too high, down to its floor and never to nothing', () => {
    const clock = new VirtualClock()
    const dial = new Dial('event loop')
    const gate = limit(underPressure(100, dial), { clock })
    expect(limits(gate, clock, 3)).toEqual([100, 100, 100])

    dial.value = 5

    expect(limits(gate, clock, 7)).toEqual([70, 48, 34, 24, 20, 20, 20])
    expect(gate.inspect().adaptive).toMatchObject({
      algorithm: 'fixed under pressure',
      pressure: { factor: 0.2, of: 'event loop' },
      why: 'event loop is at 500 % of what is bearable',
    })
  })

  it('goes part of the way for a reading between the two', () => {
    const clock = new VirtualClock()
    const dial = new Dial()
    const gate = limit(underPressure(100, dial, { from: 0.6, to: 1, floor: 0.5 }), { clock })
    dial.value = 0.8
    expect(limits(gate, clock, 4).at(-1)).toBe(75)
  })

  it('comes back slowly, and not before the reading is well below where it began to shrink', () => {
    const clock = new VirtualClock()
    const dial = new Dial()
    const gate = limit(underPressure(100, dial), { clock })
    dial.value = 0.9
    expect(limits(gate, clock, 3).at(-1)).toBe(60)

    dial.value = 0.75 // within the band
    expect(limits(gate, clock, 40).at(-1)).toBe(60)

    dial.value = 0.5
    expect(limits(gate, clock, 8).map((each) => Math.round(each))).toEqual([62, 65, 67, 70, 72, 75, 77, 80])
    expect(limits(gate, clock, 8).at(-1)).toBe(100)
  })

  it('obeys the worst of several readings, and takes what is no number for nothing', () => {
    const clock = new VirtualClock()
    const [heap, files] = [new Dial('heap'), new Dial('files')]
    const gate = limit(underPressure(100, [heap, files]), { clock })
    heap.value = NaN
    files.value = 0.9
    limits(gate, clock, 4)
    expect(gate.inspect()).toMatchObject({ limit: 60, adaptive: { pressure: { of: 'files' } } })
  })

  it('reads no more often than it was told to, and only while work comes and goes', () => {
    const clock = new VirtualClock()
    const dial = new Dial()
    const gate = limit(underPressure(100, dial, { every: '1s' }), { clock })
    for (let ms = 0; ms < 10_000; ms++) {
      clock.advanceSync(1)
      gate.tryAcquire()?.release()
    }
    expect(dial.reads).toBeGreaterThanOrEqual(10)
    expect(dial.reads).toBeLessThanOrEqual(11)
    expect(clock.pending).toBe(0)
  })

  it('does not let the limit inside grow while only the pressure holds work back', () => {
    const dial = new Dial()
    const loop = new ClosedLoop(underPressure(tide(), dial, { floor: 0.4 })).run(20)
    dial.value = 2
    loop.run(60)
    expect(Math.max(...loop.limits.slice(-50))).toBeLessThan(24)
    dial.value = 0
    loop.run(20)
    expect(Math.max(...loop.limits.slice(-10))).toBeLessThan(24 * 1.7)
    expect(Math.max(...loop.limits.slice(-10))).toBeGreaterThan(24)
  })

  it('stays between floor and limit whatever it reads, and within bounds that change', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ value: fc.double(), ms: fc.integer({ min: 0, max: 5000 }) })), (steps) => {
        const clock = new VirtualClock()
        const dial = new Dial()
        const gate = limit(underPressure(50, dial, { floor: 0.3 }), { clock })
        for (const { value, ms } of steps) {
          dial.value = value
          clock.advanceSync(ms)
          gate.tryAcquire()?.release()
          expect(gate.inspect().limit).toBeGreaterThanOrEqual(15)
          expect(gate.inspect().limit).toBeLessThanOrEqual(50)
        }
        gate.set({ max: 10 })
        expect(gate.inspect().limit).toBeLessThanOrEqual(10)
      }),
    )
  })

  it.each([
    [{ from: -1 }, 'from: '],
    [{ from: 0.9, to: 0.9 }, 'to: '],
    [{ floor: 0 }, 'floor: '],
    [{ band: 0.9 }, 'band: '],
    [{ recover: 0 }, 'recover: '],
    [{ every: 'often' as never }, 'every: '],
  ])('refuses %j', (options, message) => {
    expect(() => underPressure(10, new Dial(), options)).toThrow(message)
    expect(() => underPressure(0, new Dial())).toThrow('limit: ')
    expect(() => underPressure(10, [])).toThrow('readings: ')
    expect(() => underPressure(10, {} as never)).toThrow('readings: ')
    expect(() => underPressure('10' as never, new Dial())).toThrow('limit: ')
  })
})
