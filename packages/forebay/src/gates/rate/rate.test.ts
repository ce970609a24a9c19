import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Permit } from '../../kernel/gate.ts'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { rate } from './rate.ts'

describe('rate', () => {
  it('admits the burst at once and then one permit every interval', () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 10, per: '1s', burst: 3, clock })
    const admitted: number[] = []

    for (let ms = 0; ms < 1000; ms += 10) {
      while (gate.tryAcquire() !== undefined) admitted.push(clock.now())
      clock.advanceSync(10)
    }

    expect(admitted).toEqual([0, 0, 0, 100, 200, 300, 400, 500, 600, 700, 800, 900])
  })

  it('never admits more than limit × time + burst in any window, and a caller who always asks gets all of it', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 6 })), {
      minLength: 1,
      maxLength: 120,
    })
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 6, max: 30 }), (plan, limit, burst) => {
        const clock = new VirtualClock()
        const gate = rate({ limit, per: 1000, burst, clock })
        const taken: { at: number; cost: number }[] = []
        for (const [pause, cost] of plan) {
          clock.advanceSync(pause)
          while (gate.tryAcquire({ cost }) !== undefined) taken.push({ at: clock.now(), cost })
          expect(gate.waitMs({ cost })).toBeGreaterThan(0)
        }
        for (let from = 0; from < taken.length; from++) {
          let sum = 0
          for (let to = from; to < taken.length; to++) {
            sum += (taken[to] as { cost: number }).cost
            const window = (taken[to] as { at: number }).at - (taken[from] as { at: number }).at
            expect(sum).toBeLessThanOrEqual(burst + (window * limit) / 1000 + 1e-6)
          }
        }
        const total = taken.reduce((sum, { cost }) => sum + cost, 0)
        const largest = Math.max(...plan.map(([, cost]) => cost))
        expect(total).toBeGreaterThan(burst + (clock.now() * limit) / 1000 - largest - 1e-6 - lost(plan, limit, burst))
      }),
      { numRuns: 100 },
    )
  })

  it('holds its rate to the permit over a long time', () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 333, per: '1s', burst: 1, clock })
    let admitted = 0

    while (admitted < 100_000) {
      if (gate.tryAcquire() === undefined) clock.advanceSync(gate.waitMs())
      else admitted++
    }

    expect(clock.now()).toBeCloseTo(((admitted - 1) * 1000) / 333, 3)
  })

  it('says truthfully how long to wait: not a moment before, and then it is free', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 5000, noNaN: true }),
        fc.double({ min: 1, max: 50, noNaN: true }),
        fc.double({ min: 0.1, max: 80, noNaN: true }),
        (limit, burst, cost) => {
          const clock = new VirtualClock()
          const gate = rate({ limit, burst, clock })
          while (gate.tryAcquire({ cost }) !== undefined);
          const wait = gate.waitMs({ cost })
          fc.pre(wait > 1e-4)
          clock.advanceSync(wait - 1e-5)
          expect(gate.tryAcquire({ cost })).toBeUndefined()
          clock.advanceSync(2e-5)
          expect(gate.tryAcquire({ cost })).toBeDefined()
        },
      ),
    )
  })

  it('has credit exactly as long as tryAcquire succeeds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { maxLength: 80 }),
        fc.integer({ min: 1, max: 900 }),
        (pauses, limit) => {
          const clock = new VirtualClock()
          const gate = rate({ limit, burst: 5, clock })
          for (const pause of pauses) {
            clock.advanceSync(pause)
            expect(gate.credit() > 0).toBe(gate.tryAcquire() !== undefined)
          }
        },
      ),
    )
  })

  it('lets a cost above the burst in when nothing is taken, and makes up for it afterwards', () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 10, burst: 5, clock })

    expect(gate.tryAcquire({ cost: 20 })).toBeDefined()

    expect(gate.waitMs()).toBeCloseTo(1600)
    expect(gate.waitMs({ cost: 5 })).toBeCloseTo(2000)
  })

  it('charges the true cost when it is settled, and pays back what was estimated too high', () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 10, burst: 100, clock })

    const dear = gate.tryAcquire({ cost: 10 }) as Permit
    dear.settle(60)
    expect(gate.credit()).toBe(40)
    dear.settle(70)
    dear.release()
    dear.settle(1)
    expect(gate.credit()).toBe(30)

    const cheap = gate.tryAcquire({ cost: 30 }) as Permit
    cheap.settle(5)
    expect(gate.credit()).toBe(25)
  })

  it('charges more, and never pays back, on the permit that callers without a cost share', () => {
    const gate = rate({ limit: 1, burst: 10, clock: new VirtualClock() })

    const first = gate.tryAcquire() as Permit
    const second = gate.tryAcquire() as Permit
    expect(first).toBe(second)

    first.settle(0)
    expect(gate.credit()).toBe(8)
    second.settle(4)
    expect(gate.credit()).toBe(5)
  })

  it('neither stalls nor bursts when the clock goes back', () => {
    let now = 1e9
    const clock = Object.assign(new VirtualClock(), { now: () => now })
    const gate = rate({ limit: 10, burst: 2, clock })
    gate.tryAcquire()
    gate.tryAcquire()

    now -= 3_600_000
    expect(gate.tryAcquire()).toBeUndefined()
    expect(gate.waitMs()).toBeCloseTo(100)

    now += 100
    expect(gate.tryAcquire()).toBeDefined()
    expect(gate.tryAcquire()).toBeUndefined()
  })

  it('serves waiters in order, each at its time', async () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 10, burst: 1, clock })
    const served: [string, number][] = []
    for (const name of ['a', 'b', 'c', 'd'])
      void Promise.resolve(gate.acquire()).then(() => served.push([name, clock.now()]))

    await clock.advance(1000)

    expect(served.map(([name]) => name)).toEqual(['a', 'b', 'c', 'd'])
    served.forEach(([, at], i) => expect(at).toBeCloseTo(i * 100, 3))
  })

  it('refuses at once whom it could not serve in time, and says when to come back', async () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 10, burst: 1, name: 'mail', clock, line: { hold: 250 } })
    const first = gate.acquire()
    const waiting = [gate.acquire(), gate.acquire()].map((permit) => Promise.resolve(permit))

    const shed = await Promise.resolve(gate.acquire()).catch((error: unknown) => error)

    expect(shed).toMatchObject({
      code: 'FOREBAY_SHED',
      reason: 'rate',
      gate: 'mail',
      retryAfterMs: 300,
      waitedMs: 0,
      level: 1,
    })
    expect(gate.stats.sheds).toEqual({ rate: 1 })
    expect(first).not.toBeInstanceOf(Promise)
    await clock.advance(200)
    await Promise.all(waiting)
  })

  it('refuses by deadline whom it could not serve before theirs', async () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 10, burst: 1, clock })
    await gate.acquire()

    await expect(gate.acquire({ deadline: 99 })).rejects.toMatchObject({ reason: 'deadline' })
    const inTime = gate.acquire({ deadline: 101 })
    await clock.advance(100)
    await expect(inTime).resolves.toBeDefined()
  })

  it('keeps what has been taken when the rate is changed while it runs', () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 10, burst: 10, clock })
    for (let i = 0; i < 8; i++) gate.tryAcquire()

    gate.set({ limit: 100 })
    expect(gate.credit()).toBe(2)
    clock.advanceSync(50)
    expect(gate.credit()).toBe(7)

    expect(() => gate.set({ limit: -1 })).toThrow(RangeError)
    expect(gate.inspect()).toMatchObject({ kind: 'rate', state: 'free', limit: 100, unit: 'permits/s', admitted: 8 })
  })

  it('serves its line sooner when the rate is raised', async () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 1, burst: 1, clock })
    await gate.acquire()
    let servedAt = -1
    void Promise.resolve(gate.acquire()).then(() => (servedAt = clock.now()))

    await clock.advance(100)
    gate.set({ limit: 10 })
    await clock.advance(200)

    expect(servedAt).toBeCloseTo(190)
  })

  it('wakes a listener when time alone brings credit, and sets no timer while nobody listens', async () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 10, burst: 1, clock })
    gate.tryAcquire()
    gate.tryAcquire()
    expect(clock.pending).toBe(0)

    const woken: number[] = []
    const stop = gate.onCredit(() => woken.push(clock.now()))
    await clock.advance(150)
    expect(woken).toEqual([100])

    stop()
    gate.tryAcquire()
    await clock.advance(1000)
    expect(woken).toEqual([100])
    expect(clock.pending).toBe(0)
  })

  it('wakes a listener whose heavy ask was refused once that cost conforms', async () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 10, burst: 5, clock })
    gate.tryAcquire({ cost: 3 })
    const got: number[] = []
    gate.onCredit(() => {
      if (gate.tryAcquire({ cost: 5 }) !== undefined) got.push(clock.now())
    })
    expect(gate.tryAcquire({ cost: 5 })).toBeUndefined()

    await clock.advance(1000)

    expect(got).toEqual([300, 800])
  })

  it('names the option that is wrong', () => {
    expect(() => rate({ limit: 0 })).toThrow(/^limit: expected permits a second > 0/)
    expect(() => rate({ limit: 5, burst: 0.5 })).toThrow(/^burst: /)
    expect(() => rate({ limit: '5/s', per: 1000 })).toThrow(/^per: /)
    expect(() => rate({ limit: 5, algorithm: 'abacus' as 'gcra' })).toThrow(/^algorithm: /)
    expect(() => rate(5).tryAcquire({ cost: Number.NaN })).toThrow(/^cost: /)
  })
})

/** What a bucket that was full could not take up: credit earned while it stood full is gone, rightly. */
function lost(plan: readonly (readonly [number, number])[], limit: number, burst: number): number {
  let taken = 0
  let spilt = 0
  for (const [pause, cost] of plan) {
    const left = taken - (pause * limit) / 1000
    spilt += Math.max(0, -left)
    taken = Math.max(0, left)
    while (taken + cost <= burst + 1e-9) taken += cost
  }
  return spilt
}
