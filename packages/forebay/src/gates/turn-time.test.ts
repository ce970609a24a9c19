import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { breaker } from './breaker/breaker.ts'
import { rate } from './rate/rate.ts'
import { tokenBucket } from './rate/token-bucket.ts'

/** The system's clock under control: every reading takes 40 ns, and the test adds the rest. */
let ms = 0
let readings = 0
const tick = 4e-5

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

beforeEach(() => {
  ms = 1000
  readings = 0
  vi.spyOn(performance, 'now').mockImplementation(() => {
    readings++
    return (ms += tick)
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('a rate that is asked over and over in one turn', () => {
  it('reads the time once for a sixteenth of what is left', async () => {
    const gate = rate({ limit: 1e6, burst: 1600 })
    for (let i = 0; i < 17; i++) gate.tryAcquire()
    const before = readings

    let given = 0
    for (let i = 0; i < 90; i++) if (gate.tryAcquire() !== undefined) given++

    expect(given).toBe(90)
    expect(readings - before).toBeLessThanOrEqual(2)
    await turn()
  })

  it('reads it each time when it stands still, is virtual, or moves in steps of more than 10 µs', () => {
    const gate = rate({ limit: 1e6, burst: 1600 })
    for (let i = 0; i < 100; i++) {
      ms += 0.01
      gate.tryAcquire()
    }
    expect(readings).toBeGreaterThanOrEqual(100)

    const clock = new VirtualClock()
    const now = vi.spyOn(clock, 'now')
    const virtual = rate({ limit: 1e6, burst: 1600, clock })
    for (let i = 0; i < 100; i++) virtual.tryAcquire()
    expect(now.mock.calls.length).toBeGreaterThanOrEqual(100)

    vi.spyOn(performance, 'now').mockImplementation(() => 5)
    const still = rate({ limit: 10, burst: 100 })
    for (let i = 0; i < 100; i++) expect(still.tryAcquire()).toBeDefined()
    expect(still.tryAcquire()).toBeUndefined()
  })

  it('gives all of the burst again after a pause, whatever was given without a reading', async () => {
    const gate = rate({ limit: 1000, burst: 320 })
    for (let i = 0; i < 30; i++) gate.tryAcquire()
    await turn()
    ms += 10_000

    let given = 0
    while (gate.tryAcquire() !== undefined) given++

    expect(given).toBe(320)
    await turn()
  })

  it.each([
    ['gcra', 'gcra' as const],
    ['tokenBucket', tokenBucket],
  ])('never gives more than limit × time + burst, wherever in the turn time passes: %s', async (_, algorithm) => {
    const steps = fc.array(
      fc.tuple(
        fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 90 }) }),
        fc.integer({ min: 1, max: 60 }),
        fc.boolean(),
      ),
      { minLength: 1, maxLength: 40 },
    )
    const runs = fc.asyncProperty(
      steps,
      fc.integer({ min: 100, max: 5000 }),
      fc.integer({ min: 16, max: 400 }),
      async (plan, limit, burst) => {
        const gate = rate({ limit, burst, algorithm })
        const taken: number[] = []
        for (const [pause, asks, isOver] of plan) {
          ms += pause
          for (let i = 0; i < asks; i++) if (gate.tryAcquire() !== undefined) taken.push(ms)
          if (isOver) await turn()
        }
        for (let from = 0; from < taken.length; from++) {
          const last = taken.length - 1
          for (const to of [from, (from + last) >> 1, last]) {
            const most = burst + (((taken[to] as number) - (taken[from] as number) + tick) * limit) / 1000
            expect(to - from + 1).toBeLessThanOrEqual(most + 1e-6)
          }
        }
        await turn()
      },
    )
    await fc.assert(runs, { numRuns: 100 })
  })

  it('gives a caller who always asks all of it', async () => {
    const gate = rate({ limit: 100_000, burst: 1000 })
    const start = ms
    let given = 0
    for (let i = 0; i < 30_000; i++) {
      ms += 1e-3
      if (gate.tryAcquire() !== undefined) given++
      if (i % 1000 === 0) await turn()
    }

    expect(given).toBeGreaterThanOrEqual(Math.floor(1000 + (ms - start) * 100) - 1)
  })

  it('counts what it gave without a reading in whatever it says of itself', async () => {
    const gate = rate({ limit: 1, burst: 320 })
    for (let i = 0; i < 30; i++) gate.tryAcquire()

    expect(gate.credit()).toBe(290)
    expect(gate.stats.admitted).toBe(30)
    await turn()
    expect(gate.credit()).toBe(290)
  })
})

describe('a breaker that is asked over and over in one turn', () => {
  const succeed = (gate: ReturnType<typeof breaker>, times: number): void => {
    for (let i = 0; i < times; i++) gate.tryAcquire()?.release('ok')
  }

  it('reads the time for few of its successes', async () => {
    const gate = breaker({ window: '10s' })
    succeed(gate, 40)
    const before = readings
    succeed(gate, 200)
    expect(readings - before).toBeLessThanOrEqual(2)
    await turn()
  })

  it('judges every failure by all successes before it', async () => {
    for (let successes = 0; successes < 100; successes++) {
      const gate = breaker({ window: '10s', min: 20, failureRate: 0.5 })
      succeed(gate, successes)
      let failures = 0
      for (let permit = gate.tryAcquire(); permit !== undefined; permit = gate.tryAcquire()) {
        permit.release('fail')
        failures++
      }
      expect(failures).toBe(Math.max(20 - successes, successes, 1))
    }
    await turn()
  })

  it('opens at the success that makes the calls enough to judge by', () => {
    const gate = breaker({ window: '10s', min: 40, failureRate: 0.5 })
    for (let i = 0; i < 20; i++) gate.tryAcquire()?.release('fail')
    succeed(gate, 19)
    expect(gate.inspect().state).toBe('closed')
    succeed(gate, 1)
    expect(gate.inspect().state).toBe('open')
  })

  it('counts the failures in a row from the last success', () => {
    const gate = breaker({ consecutive: 3, failureRate: 1 })
    succeed(gate, 60)
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 2; i++) gate.tryAcquire()?.release('fail')
      succeed(gate, 1)
    }
    expect(gate.inspect().state).toBe('closed')
    for (let i = 0; i < 3; i++) gate.tryAcquire()?.release('fail')
    expect(gate.inspect().state).toBe('open')
  })

  it('forgets a success a window after its turn, and no later', async () => {
    const gate = breaker({ window: 1000, min: 20, failureRate: 0.5 })
    succeed(gate, 100)
    await turn()
    ms += 1100
    for (let i = 0; i < 19; i++) gate.tryAcquire()?.release('fail')
    expect(gate.inspect().state).toBe('closed')
    gate.tryAcquire()?.release('fail')
    expect(gate.inspect().state).toBe('open')
  })
})
