import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ClosedLoop } from '../../../test/support/closed-loop.ts'
import type { Permit, PermitOutcome } from '../../kernel/gate.ts'
import { settled, VirtualClock } from '../../testkit/virtual-clock.ts'
import { all } from '../all.ts'
import { gate } from '../gate.ts'
import { adaptive } from './adaptive.ts'
import type { Adaptive, LimitBounds } from './adaptive.ts'
import { aimd } from './aimd.ts'
import { gradient2 } from './gradient2.ts'
import { limit } from './limit.ts'
import { tide } from './tide.ts'
import { vegas } from './vegas.ts'

const algorithms: [string, (options: LimitBounds & { initial?: number }) => Adaptive][] = [
  ['tide', tide],
  ['aimd', aimd],
  ['vegas', vegas],
  ['gradient2', gradient2],
]

const outcomes: PermitOutcome[] = ['ok', 'ok', 'ok', 'fail', 'drop', 'ignore']

describe.each(algorithms)('a limit that is found by %s', (name, make) => {
  it('never lets more in than it says, stays within its bounds and is a number, whatever it is told', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('fill' as const) }),
      fc.record({
        kind: fc.constant('end' as const),
        outcome: fc.constantFrom(...outcomes),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      fc.record({
        kind: fc.constant('wait' as const),
        ms: fc.oneof(fc.double({ min: 0, max: 300, noNaN: true }), fc.constantFrom(0, 1e7)),
      }),
      fc.record({ kind: fc.constant('wall' as const), ms: fc.constantFrom(-1e9, 1e9, 4999, NaN) }),
      fc.record({
        kind: fc.constant('bounds' as const),
        min: fc.integer({ min: 1, max: 30 }),
        more: fc.integer({ min: 0, max: 50 }),
      }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const clock = new VirtualClock()
        const gate = limit(make({ min: 3, max: 40 }), { clock, line: 0 })
        let bounds = { min: 3, max: 40 }
        const held: Permit[] = []
        for (const step of steps) {
          if (step.kind === 'fill') {
            for (let permit = gate.tryAcquire(); permit !== undefined; permit = gate.tryAcquire()) {
              held.push(permit)
              expect(gate.stats.inUse).toBeLessThanOrEqual(gate.inspect().limit)
            }
          } else if (step.kind === 'end') {
            for (const permit of held.splice(0, Math.ceil(held.length * step.share))) permit.release(step.outcome)
          } else if (step.kind === 'wait') clock.advanceSync(step.ms)
          else if (step.kind === 'wall') clock.jumpWall(step.ms)
          else {
            bounds = { min: step.min, max: step.min + step.more }
            gate.set(bounds)
          }
          const { limit: now, adaptive: state } = gate.inspect()
          expect(now).toBeGreaterThanOrEqual(bounds.min)
          expect(now).toBeLessThanOrEqual(bounds.max)
          expect(Number.isInteger(now)).toBe(true)
          expect(state).toMatchObject({ algorithm: name, ...bounds })
          expect(state?.latencyMs).not.toBeNaN()
          expect(state?.baseMs).not.toBeNaN()
        }
        for (const permit of held) permit.release()
        expect(gate.stats.inUse).toBe(0)
        expect(gate.tryAcquire()).toBeDefined()
      }),
      { numRuns: 80 },
    )
  })

  it('survives samples that cannot be', () => {
    const algorithm = make({ min: 2, max: 100 }).start(new VirtualClock())
    for (const rtt of [0, -5, NaN, Infinity, 1e300, Number.MIN_VALUE]) {
      for (const now of [0, 1e12, -50, 1e12 + 5000]) {
        for (let i = 0; i < 60; i++) algorithm.sample(rtt, 10, true, now - 10, now + i * 50)
        algorithm.drop(now, now)
        expect(algorithm.limit).toBeGreaterThanOrEqual(2)
        expect(algorithm.limit).toBeLessThanOrEqual(100)
      }
    }
  })

  it('recovers from a time in which everything was refused', () => {
    const loop = new ClosedLoop(make({ max: 100 })).run(10)
    for (let i = 0; i < 200; i++) {
      loop.clock.advanceSync(50)
      loop.algorithm.drop(loop.clock.now() - 20, loop.clock.now())
    }
    expect(loop.algorithm.limit).toBeLessThan(4)
    loop.run(120)
    expect(Math.max(...loop.limits.slice(-30))).toBeGreaterThan(20)
  })
})

describe('an adaptive limit', () => {
  /** Says 5, and 7 once it has been told of something. */
  const told: unknown[][] = []
  const five = adaptive('five', () => {
    let now = 5
    return {
      get limit() {
        return now
      },
      sample(...facts) {
        told.push(facts)
        now = 7
      },
      drop(...facts) {
        told.push(['drop', ...facts])
      },
      set() {},
      inspect: () => ({ min: 5, max: 7, baseMs: 1, latencyMs: 2, why: 'told', movedAt: 0 }),
    }
  })

  it('tells its algorithm how long work took, how much was in flight and whether that was all, and obeys it', () => {
    const clock = new VirtualClock()
    const gate = limit(five, { clock, line: 0 })
    told.length = 0
    clock.advanceSync(100)
    const permits = Array.from({ length: 6 }, () => gate.tryAcquire())
    expect(permits[5]).toBeUndefined()
    clock.advanceSync(20)

    permits[0]?.release()
    permits[4]?.release()
    permits[3]?.release('drop')
    permits[1]?.release('fail')
    permits[2]?.release('ignore')

    expect(told).toEqual([
      [20, 1, false, 100, 120],
      [20, 5, true, 100, 120],
      ['drop', 100, 120],
    ])
    expect(gate.inspect()).toMatchObject({ limit: 7, adaptive: { algorithm: 'five', why: 'told' } })
  })

  it('lets those who wait in when it has grown', async () => {
    const gate = limit(five, { clock: new VirtualClock() })
    const [first] = Array.from({ length: 5 }, () => gate.tryAcquire())
    const waiting = Promise.all([gate.acquire(), gate.acquire(), gate.acquire()])
    first?.release()
    await waiting
    expect(gate.stats).toMatchObject({ inUse: 7, waiting: 0 })
  })

  it('has a state of its own in every gate', () => {
    const shared = aimd({ initial: 10 })
    const [one, other] = [limit(shared, { clock: new VirtualClock() }), limit(shared, { clock: new VirtualClock() })]
    one.tryAcquire()?.release('drop')
    expect(one.inspect().limit).toBe(9)
    expect(other.inspect().limit).toBe(10)
  })

  it('can be fixed, freed and given another algorithm while work runs, none of which is taken for its doing', () => {
    const gate = limit(3, { clock: new VirtualClock() })
    const early = gate.tryAcquire()
    gate.set({ limit: aimd({ initial: 10 }) })
    const adapted = gate.tryAcquire()
    gate.set({ limit: aimd({ initial: 20 }) })
    early?.release('drop')
    gate.set({ limit: 4 })
    const late = gate.tryAcquire()
    gate.set({ limit: aimd({ initial: 30 }) })
    late?.release('drop')
    adapted?.release('ok')
    expect(gate.stats.inUse).toBe(0)
    expect(gate.inspect()).toMatchObject({ limit: 30, adaptive: { algorithm: 'aimd' } })
    gate.set({ max: 12 })
    expect(gate.inspect().limit).toBe(12)
    expect(() => gate.set({ min: 13 })).toThrow('max: ')
    expect(() => gate.set({ limit: 5, min: 2 })).toThrow('min, max: expected an adaptive limit')
    expect(gate.inspect()).toMatchObject({ limit: 12, adaptive: { max: 12 } })
  })

  it('forgets what an algorithm before it has sent', () => {
    const clock = new VirtualClock()
    const gate = limit(aimd({ initial: 10 }), { clock })
    const old = gate.tryAcquire()
    clock.advanceSync(5)
    gate.set({ limit: aimd({ initial: 20 }) })
    old?.release('drop')
    expect(gate.inspect().limit).toBe(20)
  })

  it('stands in a door and in a composite, and says so there', () => {
    const clock = new VirtualClock()
    const call = gate({ concurrency: tide(), clock })
    expect(call.gate.inspect().parts?.[0]).toMatchObject({ limit: 20, adaptive: { algorithm: 'tide' } })
    expect(all([limit(vegas(), { clock })]).inspect()).toMatchObject({ limit: 20 })
  })

  it.each([null, 'tide', {}, tide, undefined, NaN])('is not %s', (wrong) => {
    expect(() => limit(wrong as never)).toThrow()
    expect(() => adaptive('own', 5 as never)).toThrow('adaptive: expected a function')
  })
})

describe('a limit that is held off', () => {
  it('lets nothing start until then, says so, and goes on by itself', async () => {
    const clock = new VirtualClock()
    const gate = limit(tide(), { clock, line: { hold: Infinity } })
    gate.set({ holdOff: '2s' })
    expect(gate.tryAcquire()).toBeUndefined()
    expect(gate.credit()).toBe(0)
    expect(gate.inspect()).toMatchObject({ state: 'full', retryAfterMs: 2000 })
    let servedAt = 0
    void Promise.resolve(gate.acquire()).then(() => (servedAt = clock.now()))

    await clock.advance(5000)

    expect(servedAt).toBe(2000)
    expect(gate.credit()).toBe(19)
  })

  it('wakes those who listen for credit, and can be taken back', async () => {
    const clock = new VirtualClock()
    const gate = limit(5, { clock })
    gate.set({ holdOff: 1000 })
    let wokenAt = -1
    gate.onCredit(() => (wokenAt = clock.now()))
    await clock.advance(999)
    expect(wokenAt).toBe(-1)
    await clock.advance(1)
    expect(wokenAt).toBe(1000)

    gate.set({ holdOff: '1h' })
    expect(gate.tryAcquire()).toBeUndefined()
    gate.set({ holdOff: 0 })
    expect(gate.tryAcquire()).toBeDefined()
    await settled()
  })
})
