import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Permit } from '../../kernel/gate.ts'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { fixedWindow } from './fixed-window.ts'
import { leakyBucket } from './leaky-bucket.ts'
import type { MakeRateAlgorithm } from './rate-algorithm.ts'
import { rateAlgorithms } from './rate-algorithms.ts'
import { rate } from './rate.ts'
import type { RateOptions } from './rate.ts'
import { slidingLog } from './sliding-log.ts'
import { slidingWindow } from './sliding-window.ts'
import { tokenBucket } from './token-bucket.ts'
import { warmUp } from './warm-up.ts'

interface Taken {
  readonly at: number
  readonly cost: number
}

interface Promised {
  readonly name: string
  readonly algorithm: 'gcra' | MakeRateAlgorithm
  readonly burst?: number
  /** The most that any span of `ms` may hold of a rate of `limit` in `per`. */
  readonly most: (limit: number, per: number, ms: number) => number
  /** How much of what its rate allows somebody gets who always asks for `cost`, at least. */
  readonly least: number
}

const algorithms: readonly Promised[] = [
  { name: 'gcra', algorithm: 'gcra', burst: 5, most: (limit, per, ms) => 5 + (ms * limit) / per, least: 1 },
  { name: 'tokenBucket', algorithm: tokenBucket, burst: 5, most: (limit, per, ms) => 5 + (ms * limit) / per, least: 1 },
  { name: 'leakyBucket', algorithm: leakyBucket, most: (limit, per, ms) => 1 + (ms * limit) / per, least: 1 },
  {
    name: 'fixedWindow',
    algorithm: fixedWindow,
    most: (limit, per, ms) => limit * (Math.floor(ms / per) + 2),
    least: 1,
  },
  {
    name: 'slidingWindow',
    algorithm: slidingWindow,
    most: (limit, per, ms) => limit * (Math.floor(ms / per) + 2),
    least: 0.5,
  },
  {
    name: 'slidingLog',
    algorithm: slidingLog,
    most: (limit, per, ms) => limit * Math.ceil((ms + 1e-6) / per),
    least: 1,
  },
  { name: 'warmUp', algorithm: warmUp(500), most: (limit, per, ms) => 1 + (ms * limit) / per, least: 1 / 3 },
]

/** Everything that is let through by a caller who pauses as planned and always asks for 1 until refused. */
function play(options: RateOptions, pauses: readonly number[]): Taken[] {
  const clock = new VirtualClock()
  const gate = rate({ ...options, clock })
  const taken: Taken[] = []
  for (const pause of pauses) {
    clock.advanceSync(pause)
    while (gate.tryAcquire() !== undefined) taken.push({ at: clock.now(), cost: 1 })
  }
  return taken
}

function expectAtMost(taken: readonly Taken[], most: (ms: number) => number): void {
  for (const [from, first] of taken.entries()) {
    let sum = 0
    for (const last of taken.slice(from)) {
      sum += last.cost
      const allowed = most(last.at - first.at) + 1e-6
      if (sum > allowed) expect.fail(`${sum} from ${first.at} to ${last.at}, promised at most ${allowed}`)
    }
  }
}

const limits = fc.integer({ min: 1, max: 30 })
const costs = fc.double({ min: 0.2, max: 9, noNaN: true })

describe.each(algorithms)('$name', ({ algorithm, burst, most, least }) => {
  const options = (limit: number, per: number): RateOptions => ({
    limit,
    per,
    algorithm,
    ...(burst !== undefined && { burst }),
  })

  it('lets no more through in any span of time than it promises', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 40 }),
        limits,
        fc.integer({ min: 50, max: 1000 }),
        (pauses, limit, per) => {
          expectAtMost(play(options(limit, per), pauses), (ms) => most(limit, per, ms))
        },
      ),
      { numRuns: 150 },
    )
  })

  it('gives somebody who always asks what its rate allows', () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 100, max: 1000 }), (limit, per) => {
        const clock = new VirtualClock()
        const gate = rate({ ...options(limit, per), clock })
        let taken = 0
        while (clock.now() < 20 * per) {
          if (gate.tryAcquire() === undefined) clock.advanceSync(gate.waitMs())
          else taken++
        }
        expect(taken).toBeGreaterThanOrEqual(Math.floor(19 * limit * least))
      }),
      { numRuns: 30 },
    )
  })

  it('says truthfully how long to wait: refused a moment before, let in then', () => {
    const plan = fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), costs), { minLength: 1, maxLength: 25 })
    fc.assert(
      fc.property(plan, limits, (steps, limit) => {
        const clock = new VirtualClock()
        const gate = rate({ ...options(limit, 200), clock })
        for (const [pause, cost] of steps) {
          clock.advanceSync(pause)
          const wait = gate.waitMs({ cost })
          if (wait > 1e-3) {
            clock.advanceSync(wait - 1e-4)
            expect(gate.tryAcquire({ cost })).toBeUndefined()
            clock.advanceSync(2e-4)
          }
          expect(gate.tryAcquire({ cost })).toBeDefined()
        }
      }),
      { numRuns: 200 },
    )
  })

  it('has credit exactly as long as it lets a permit through', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 60 }), limits, (pauses, limit) => {
        const clock = new VirtualClock()
        const gate = rate({ ...options(limit, 100), clock })
        for (const pause of pauses) {
          clock.advanceSync(pause)
          const credit = gate.credit()
          let got = 0
          while (got <= credit && gate.tryAcquire() !== undefined) got++
          expect(got).toBe(credit)
          expect(gate.credit()).toBe(0)
        }
      }),
    )
  })

  it('lets in what costs more than it ever holds, and keeps its rate by the wait that follows', () => {
    const clock = new VirtualClock()
    const gate = rate({ ...options(10, 1000), clock })

    expect(gate.tryAcquire({ cost: 50 })).toBeDefined()
    clock.advanceSync(gate.waitMs({ cost: 1 }))

    expect(clock.now()).toBeGreaterThanOrEqual((50 - 10) * 100)
    expect(clock.now()).toBeLessThanOrEqual(50 * 100 * 3)
    expect(gate.tryAcquire()).toBeDefined()
  })

  it('gives nothing away when its clock jumps, and does not stop', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 5000 })), { minLength: 1, maxLength: 40 }),
        (jumps) => {
          let now = 0
          let passed = 0 // time that went by, without what was set back
          const clock = new VirtualClock()
          clock.now = () => now
          const gate = rate({ ...options(5, 1000), clock })
          const taken: Taken[] = []
          for (const [back, ms] of jumps) {
            now += back ? -ms : ms
            if (!back) passed += ms
            while (gate.tryAcquire() !== undefined) taken.push({ at: passed, cost: 1 })
          }
          expectAtMost(taken, (ms) => most(5, 1000, ms))
          now += 5000
          expect(gate.tryAcquire()).toBeDefined()
        },
      ),
      { numRuns: 60 },
    )
  })

  it('charges the truth: an estimate that was too high gives back, one too low is made up for', () => {
    const clock = new VirtualClock()
    const gate = rate({ ...options(10, 1000), clock })
    const high = gate.tryAcquire({ cost: 10 }) as Permit
    const longer = gate.waitMs({ cost: 1 })
    high.settle(1)
    expect(gate.waitMs({ cost: 1 })).toBeLessThan(longer)
    high.settle(30)
    expect(gate.waitMs({ cost: 1 })).toBeGreaterThan(longer)
  })

  it('can be changed while it runs, and what has been taken stays taken', () => {
    const clock = new VirtualClock()
    const gate = rate({ ...options(4, 1000), clock })
    while (gate.tryAcquire() !== undefined);
    const slow = gate.waitMs()
    gate.set({ limit: 40 })
    expect(gate.waitMs()).toBeLessThan(slow)
    gate.set({ limit: 1 })
    while (gate.tryAcquire() !== undefined);
    clock.advanceSync(gate.waitMs() - 1e-3)
    expect(gate.tryAcquire()).toBeUndefined()
    clock.advanceSync(2e-3)
    expect(gate.tryAcquire()).toBeDefined()
  })
})

describe('rates beside each other', () => {
  it('lets the token bucket admit exactly what GCRA admits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 9 })), { maxLength: 80 }),
        fc.integer({ min: 1, max: 200 }),
        (steps, limit) => {
          const clock = new VirtualClock()
          const gates = ['gcra' as const, tokenBucket].map((algorithm) => rate({ limit, burst: 6, algorithm, clock }))
          for (const [pause, cost] of steps) {
            clock.advanceSync(pause + 0.1)
            const [one, other] = gates.map((gate) => gate.tryAcquire({ cost }) !== undefined)
            expect(other).toBe(one)
          }
        },
      ),
    )
  })

  /** Ten at the end of one window and ten at the start of the next, as an attacker would who knows where it is. */
  function aroundTheBorder(algorithm: MakeRateAlgorithm): number {
    const clock = new VirtualClock()
    const gate = rate({ limit: 10, per: 1000, algorithm, clock })
    gate.tryAcquire()
    clock.advanceSync(999)
    let passed = 0
    while (gate.tryAcquire() !== undefined) passed++
    clock.advanceSync(1)
    while (gate.tryAcquire() !== undefined) passed++
    return passed
  }

  it('shows twice the limit around the border of fixed windows, and not of the others', () => {
    expect(aroundTheBorder(fixedWindow)).toBe(19)
    expect(aroundTheBorder(slidingWindow)).toBe(9)
    expect(aroundTheBorder(slidingLog)).toBe(10)
  })

  it('shows how far a sliding window goes over at worst: a burst late in a window, then steady asking', () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 100, per: 1000, algorithm: slidingWindow, clock })
    clock.advanceSync(999)
    const taken: number[] = []
    for (let ms = 0; ms < 1000; ms++, clock.advanceSync(1)) while (gate.tryAcquire() !== undefined) taken.push(ms)

    const inOneSecond = taken.length
    expect(inOneSecond).toBeGreaterThan(190)
    expect(inOneSecond).toBeLessThanOrEqual(200)
  })

  it('counts a window of the unit that the limit names', () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: '600/m', algorithm: fixedWindow, clock })
    expect(gate.credit()).toBe(600)
    for (let i = 0; i < 600; i++) gate.tryAcquire()
    expect(gate.waitMs()).toBeCloseTo(60_000)
    expect(rate({ limit: '7200/h', algorithm: slidingLog, clock }).credit()).toBe(7200)
    expect(gate.inspect()).toMatchObject({ limit: 10, unit: 'permits/s' })
  })

  it('gives nothing back to a window in which it was not taken', () => {
    for (const algorithm of [fixedWindow, slidingLog]) {
      const clock = new VirtualClock()
      const gate = rate({ limit: 10, per: 1000, algorithm, clock })
      const old = gate.tryAcquire({ cost: 10 }) as Permit
      clock.advanceSync(1001)
      gate.tryAcquire({ cost: 10 })
      old.settle(0)
      expect(gate.credit()).toBe(0)
    }
  })

  it('keeps a bounded log of a rate however high, on the strict side', () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 100_000, per: 1000, algorithm: slidingLog, clock })
    let passed = 0
    const perWindow: number[] = []
    for (let ms = 0; ms < 3000; ms++, clock.advanceSync(1)) {
      for (let i = 0; i < 150 && gate.tryAcquire() !== undefined; i++) passed++
      if (ms % 1000 === 999) perWindow.push(passed)
    }
    expect(perWindow[0]).toBe(100_000)
    expect(perWindow[2]).toBeLessThanOrEqual(300_000)
    expect(perWindow[2]).toBeGreaterThan(297_000)
  })

  it('starts at a third of its rate when cold, is warm when it said, and cools down when it is idle', () => {
    const clock = new VirtualClock()
    const gate = rate({ limit: 10, per: 1000, algorithm: warmUp('10s'), clock })
    const gaps = (count: number): number[] =>
      Array.from({ length: count }, () => {
        gate.tryAcquire()
        const wait = gate.waitMs()
        clock.advanceSync(wait)
        return wait
      })

    const cold = gaps(50)
    expect(cold[0]).toBeGreaterThan(290)
    expect(cold[25]).toBeLessThan(210)
    expect(cold.reduce((sum, gap) => sum + gap, 0)).toBeCloseTo(10_000, 0)
    expect(gaps(1)[0]).toBeCloseTo(100)

    clock.advanceSync(10_000)
    expect(gaps(1)[0]).toBeGreaterThan(290)
  })

  it('has names for those that are read from a file, and says what to do with a name that is none', () => {
    for (const name of Object.keys(rateAlgorithms) as (keyof typeof rateAlgorithms)[]) {
      expect(rate({ limit: 5, algorithm: rateAlgorithms[name], clock: new VirtualClock() }).tryAcquire()).toBeDefined()
    }
    expect(() => rate({ limit: 5, algorithm: 'token-bucket' as 'gcra' })).toThrow(
      /^algorithm: expected 'gcra' or one of forebay\/gates such as tokenBucket, got 'token-bucket'$/,
    )
  })

  it('names the option that is wrong', () => {
    for (const algorithm of [leakyBucket, fixedWindow, slidingWindow, slidingLog, warmUp('1s')]) {
      expect(() => rate({ limit: 5, burst: 2, algorithm })).toThrow(/^burst: expected none for /)
      const gate = rate({ limit: 5, algorithm })
      expect(() => gate.set({ burst: 2 })).toThrow(/^burst: expected none for /)
      expect(gate.inspect().limit).toBe(5)
    }
    expect(() => warmUp(0)).toThrow(/^over: /)
    expect(() => warmUp('1s', { coldFactor: 1 })).toThrow(/^coldFactor: /)
  })
})
