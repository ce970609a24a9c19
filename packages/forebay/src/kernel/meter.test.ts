import { describe, expect, it } from 'vitest'
import type { Clock } from './clock.ts'
import { Meter } from './meter.ts'

/** A meter on a clock that moves by `step` ms with every reading, and what that clock was asked for. */
function metered(step: number, exact = false) {
  const state = { now: 0, step, readings: 0, turns: [] as (() => void)[] }
  const clock = {
    exact,
    now: () => {
      state.readings++
      return (state.now += state.step)
    },
    yield: (callback: () => void) => void state.turns.push(callback),
  } as unknown as Clock
  return { meter: new Meter(clock), state }
}

/** How often the clock is read for so many changes. */
function readingsFor(changes: number, { meter, state }: ReturnType<typeof metered>): number {
  const before = state.readings
  for (let change = 0; change < changes; change++) meter.now()
  return state.readings - before
}

describe('the meter', () => {
  it('begins with a reading of its own', () => {
    const { meter, state } = metered(1)

    expect(meter).toMatchObject({ t: 1, readings: 1 })
    expect(state.readings).toBe(1)
  })

  it('reads the clock for every change when they are far apart, and nobody has to wake it', () => {
    const far = metered(0.0025)

    expect(readingsFor(50, far)).toBe(50)
    expect(far.meter.readings).toBe(51)
    expect(far.state.turns).toHaveLength(0)
  })

  it('takes changes that are just two microseconds apart for far apart', () => {
    const far = metered(0)
    far.state.step = 0.002
    far.meter.now()

    expect(readingsFor(1, far)).toBe(1)
  })

  it('reads it for every change where readings are exact, however close they come', () => {
    const exact = metered(0, true)

    expect(readingsFor(50, exact)).toBe(50)
    expect(exact.state.turns).toHaveLength(0)
  })

  it('uses a reading again for twice as many changes each time, 63 at most, when they come close', () => {
    const close = metered(0.0001)
    const skipped: number[] = []
    let last = close.state.readings
    for (let change = 0, since = 0; skipped.length < 9; change++) {
      close.meter.now()
      if (close.state.readings === last) since++
      else {
        skipped.push(since)
        since = 0
        last = close.state.readings
      }
    }

    expect(skipped).toEqual([0, 1, 3, 7, 15, 31, 63, 63, 63])
  })

  it('takes the time between changes as their mean since the last reading', () => {
    const close = metered(0.0001)
    readingsFor(200, close)
    // 64 changes in a tenth of a millisecond are still close together, 64 in one are not.
    close.state.step = 0.1
    readingsFor(64, close)
    expect(readingsFor(64, close)).toBe(1)
    close.state.step = 1
    readingsFor(64, close)

    expect(readingsFor(10, close)).toBe(10)
  })

  it('forgets what it has read when the turn of the event loop is over, and watches one turn at a time', () => {
    const close = metered(0.0001)
    readingsFor(200, close)
    expect(close.state.turns).toHaveLength(1)
    close.state.turns.shift()?.()

    expect(readingsFor(1, close)).toBe(1)
    expect(close.state.turns).toHaveLength(1)
    expect(readingsFor(2, close)).toBe(1)
  })

  it('reads at once when it is told to, and counts its readings', () => {
    const close = metered(0.0001)
    readingsFor(200, close)
    const { readings } = close.meter
    const t = close.meter.read()

    expect(close.meter).toMatchObject({ t, readings: readings + 1 })
    expect(t).toBe(close.state.now)
    expect(close.meter.now()).toBe(t)
  })
})
