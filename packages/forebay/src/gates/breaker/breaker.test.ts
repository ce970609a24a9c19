import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Permit, PermitOutcome } from '../../kernel/gate.ts'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { breaker } from './breaker.ts'
import type { BreakerOptions } from './breaker.ts'

type Breaker = ReturnType<typeof breaker>

function report(gate: Breaker, ...outcomes: PermitOutcome[]): void {
  for (const outcome of outcomes) gate.tryAcquire()?.release(outcome)
}

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value)
}

/** A breaker that three failures in a row have just opened. */
function openBreaker(options: BreakerOptions = {}): { gate: Breaker; clock: VirtualClock } {
  const clock = new VirtualClock()
  const gate = breaker({ consecutive: 3, openFor: 1000, probes: 2, clock, ...options })
  report(gate, 'fail', 'fail', 'fail')
  expect(gate.inspect().state).toBe('open')
  return { gate, clock }
}

describe('a closed breaker', () => {
  it('opens when the share of failures in its window reaches the rate, not before enough calls were made', () => {
    const gate = breaker({ failureRate: 0.5, min: 10, window: { calls: 20 }, clock: new VirtualClock() })

    report(gate, ...times(4, 'fail' as const), ...times(5, 'ok' as const))
    expect(gate.inspect().state).toBe('closed')
    report(gate, 'fail')

    expect(gate.inspect().state).toBe('open')
  })

  it('judges when the window fills up, even if the call that fills it succeeds', () => {
    const gate = breaker({ min: 10, window: { calls: 20 }, clock: new VirtualClock() })
    report(gate, ...times(9, 'fail' as const))
    expect(gate.inspect().state).toBe('closed')
    report(gate, 'ok')
    expect(gate.inspect().state).toBe('open')
  })

  it('judges by the last calls only when its window is counted in calls', () => {
    const gate = breaker({ failureRate: 0.6, min: 10, window: { calls: 10 }, clock: new VirtualClock() })
    report(gate, ...times(5, 'fail' as const), ...times(10, 'ok' as const), ...times(5, 'fail' as const))
    expect(gate.inspect().state).toBe('closed')
    report(gate, 'fail')
    expect(gate.inspect().state).toBe('open')
  })

  it('forgets calls older than its window when that is a time', () => {
    const clock = new VirtualClock()
    const gate = breaker({ min: 10, window: '10s', clock })
    report(gate, ...times(9, 'fail' as const))
    clock.advanceSync(10_001)
    report(gate, ...times(9, 'fail' as const))
    expect(gate.inspect().state).toBe('closed')
    clock.advanceSync(8_000)
    report(gate, 'fail')
    expect(gate.inspect().state).toBe('open')
  })

  it('opens at so many failures in a row, and starts again at each success', () => {
    const gate = breaker({ consecutive: 3, clock: new VirtualClock() })
    report(gate, 'fail', 'fail', 'ok', 'fail', 'drop')
    expect(gate.inspect().state).toBe('closed')
    report(gate, 'fail')
    expect(gate.inspect().state).toBe('open')
  })

  it('opens when too many calls are slow, though they succeed', () => {
    const clock = new VirtualClock()
    const gate = breaker({ slow: { ms: 100, rate: 0.5 }, min: 4, window: { calls: 4 }, clock })
    for (const ms of [10, 100, 99, 250]) {
      const permit = gate.tryAcquire() as Permit
      clock.advanceSync(ms)
      permit.release('ok')
    }
    expect(gate.inspect().state).toBe('open')
  })

  it('learns nothing from outcomes that are to be ignored', () => {
    const gate = breaker({ min: 1, consecutive: 1, clock: new VirtualClock() })
    report(gate, ...times(50, 'ignore' as const))
    expect(gate.inspect()).toMatchObject({ state: 'closed', admitted: 50, inUse: 0 })
  })

  it('always has credit', () => {
    const gate = breaker({ clock: new VirtualClock() })
    expect(gate.credit()).toBeGreaterThan(1e6)
    expect(gate.waitMs()).toBe(0)
  })
})

describe('an open breaker', () => {
  it('refuses at once and says for how long', async () => {
    const { gate, clock } = openBreaker({ name: 'pricing' })
    clock.advanceSync(400)

    expect(gate.credit()).toBe(0)
    expect(gate.waitMs()).toBe(600)
    await expect(gate.acquire()).rejects.toMatchObject({ reason: 'open', gate: 'pricing', retryAfterMs: 600 })
    expect(gate.stats.sheds).toEqual({ open: 1 })
  })

  it('sets no timer', () => {
    const { clock } = openBreaker()
    expect(clock.pending).toBe(0)
  })

  it('wakes a listener when the time has passed, and sets no timer once nobody listens', async () => {
    const { gate, clock } = openBreaker()
    const woken: number[] = []
    const stop = gate.onCredit(() => woken.push(clock.now()))

    await clock.advance(3000)

    expect(woken).toEqual([1000])
    expect(gate.credit()).toBe(2)
    stop()
    await clock.advance(100)
    expect(clock.pending).toBe(0)
  })

  it('tells a listener of a closed breaker that it has opened and when it may be tried', async () => {
    const clock = new VirtualClock()
    const gate = breaker({ consecutive: 1, openFor: 1000, clock })
    const woken: number[] = []
    gate.onCredit(() => woken.push(clock.now()))

    report(gate, 'fail')
    await clock.advance(2000)

    expect(woken).toEqual([1000])
  })

  it('ignores what comes back from before it opened', () => {
    const clock = new VirtualClock()
    const gate = breaker({ consecutive: 2, openFor: 1000, probes: 1, clock })
    const old = [gate.tryAcquire(), gate.tryAcquire(), gate.tryAcquire()] as Permit[]
    report(gate, 'fail', 'fail')
    clock.advanceSync(1000)
    const probe = gate.tryAcquire() as Permit

    old[0]?.release('ok')
    old[1]?.release('fail')
    expect(gate.inspect().state).toBe('half-open')
    probe.release('ok')
    expect(gate.inspect().state).toBe('closed')
    old[2]?.release('fail')
    report(gate, 'fail')
    expect(gate.inspect().state).toBe('closed')
  })
})

describe('a half-open breaker', () => {
  it('forgets what made it open once it has closed', () => {
    const clock = new VirtualClock()
    const gate = breaker({ min: 4, window: { calls: 100 }, openFor: 1000, probes: 1, clock })
    report(gate, ...times(4, 'fail' as const))
    clock.advanceSync(1000)
    report(gate, 'ok', 'fail', 'ok', 'ok')
    expect(gate.inspect().state).toBe('closed')
    report(gate, 'ok', 'fail', 'fail')
    expect(gate.inspect().state).toBe('open')
  })

  it('lets exactly its probes through and closes when all have succeeded', () => {
    const { gate, clock } = openBreaker()
    clock.advanceSync(1000)
    const probes = [gate.tryAcquire(), gate.tryAcquire()] as Permit[]
    expect(gate.tryAcquire()).toBeUndefined()

    probes[0]?.release('ok')
    expect(gate.tryAcquire()).toBeUndefined()
    expect(gate.inspect()).toMatchObject({ state: 'half-open', credit: 0, limit: 2 })
    probes[1]?.release('ok')

    expect(gate.inspect().state).toBe('closed')
  })

  it('has exactly its probes out under every interleaving of outcomes, and always gets out of the state', () => {
    const step = fc.record({
      kind: fc.constantFrom('ask', 'ok', 'fail', 'drop', 'ignore', 'lose', 'wait') as fc.Arbitrary<
        'ask' | PermitOutcome | 'lose' | 'wait'
      >,
      at: fc.nat(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 5 }), (steps, n) => {
        const { gate, clock } = openBreaker({ probes: n, openFor: 1000, maxOpenFor: 1000 })
        clock.advanceSync(1000)
        let out: Permit[] = []
        let passed = 0
        for (const { kind, at } of steps) {
          const before = gate.inspect().state
          if (before === 'half-open') expect(gate.credit()).toBe(n - out.length - passed)
          if (kind === 'ask') {
            const permit = gate.tryAcquire()
            expect(permit !== undefined).toBe(
              before === 'closed' || (before === 'half-open' && out.length + passed < n),
            )
            if (permit !== undefined && before === 'half-open') out.push(permit)
          } else if (kind === 'wait') {
            clock.advanceSync(at % 400)
          } else if (kind === 'lose') {
            clock.advanceSync(1000)
          } else {
            const permit = out.splice(at % Math.max(1, out.length), 1)[0]
            permit?.release(kind)
            if (permit !== undefined && before === 'half-open') {
              if (kind === 'ok') passed++
              expect(gate.inspect().state).toBe(
                kind === 'fail' || kind === 'drop' ? 'open' : passed === n ? 'closed' : 'half-open',
              )
            }
          }
          if (gate.inspect().state !== 'half-open' || before !== 'half-open') {
            out = []
            passed = 0
          }
        }
        // however it stands and whatever was lost: one round of good probes closes it
        if (gate.inspect().state !== 'closed') {
          clock.advanceSync(1000)
          clock.advanceSync(1000)
          for (let i = 0; i < 3 * n && gate.inspect().state !== 'closed'; i++) {
            const permit = gate.tryAcquire()
            if (permit === undefined) clock.advanceSync(1000)
            else permit.release('ok')
          }
        }
        expect(gate.inspect().state).toBe('closed')
      }),
      { numRuns: 300 },
    )
  })

  it('counts a probe that does not come back as failed, so that a lost permit cannot hold it', () => {
    const { gate, clock } = openBreaker({ maxOpenFor: 1000 })
    clock.advanceSync(1000)
    gate.tryAcquire()
    gate.tryAcquire()
    expect(gate.waitMs()).toBe(1000)

    clock.advanceSync(1000)
    expect(gate.inspect().state).toBe('open')
    clock.advanceSync(1000)
    report(gate, 'ok', 'ok')
    expect(gate.inspect().state).toBe('closed')
  })

  it('does not hold its first probe for lost because it was looked at long before', () => {
    const { gate, clock } = openBreaker()
    clock.advanceSync(1000)
    expect(gate.inspect().state).toBe('half-open')
    clock.advanceSync(60_000)

    const probe = gate.tryAcquire() as Permit

    expect(gate.inspect().state).toBe('half-open')
    probe.release('ok')
    report(gate, 'ok')
    expect(gate.inspect().state).toBe('closed')
  })

  it('stays open twice as long each time its probes fail, up to its maximum, and starts over once it has closed', () => {
    const { gate, clock } = openBreaker({ openFor: 1000, maxOpenFor: 5000, probes: 1 })
    const waits: number[] = []
    for (let i = 0; i < 4; i++) {
      waits.push(gate.waitMs())
      clock.advanceSync(gate.waitMs())
      report(gate, 'fail')
    }
    expect(waits).toEqual([1000, 2000, 4000, 5000])

    clock.advanceSync(5000)
    report(gate, 'ok', 'fail', 'fail', 'fail')
    expect(gate.waitMs()).toBe(1000)
  })

  it('sheds whoever comes while all probes are out: nobody parks behind them', async () => {
    const { gate, clock } = openBreaker()
    clock.advanceSync(1000)
    gate.tryAcquire()
    gate.tryAcquire()
    const sheds = await Promise.allSettled(times(10, 0).map(() => Promise.resolve(gate.acquire())))
    expect(sheds.every((end) => end.status === 'rejected')).toBe(true)
    expect(gate.stats).toMatchObject({ waiting: 0, sheds: { open: 10 } })
  })

  it('counts a slow probe as failed when slowness counts', () => {
    const { gate, clock } = openBreaker({ slow: { ms: 50 } })
    clock.advanceSync(1000)
    const probe = gate.tryAcquire() as Permit
    clock.advanceSync(50)
    probe.release('ok')
    expect(gate.inspect().state).toBe('open')
  })
})

describe('a breaker held by hand', () => {
  it('stays open or closed whatever happens, and judges again when it is let go', () => {
    const clock = new VirtualClock()
    const gate = breaker({ consecutive: 1, forced: 'open', clock })
    expect(gate.waitMs()).toBe(Infinity)
    expect(gate.inspect()).toMatchObject({ state: 'open', retryAfterMs: 0 })

    gate.set({ forced: 'closed' })
    report(gate, ...times(20, 'fail' as const))
    expect(gate.inspect().state).toBe('closed')

    gate.set({ forced: false })
    report(gate, 'fail')
    expect(gate.inspect().state).toBe('open')
  })

  it('names the option that is wrong and keeps its settings', () => {
    expect(() => breaker({ failureRate: 2 })).toThrow(/^failureRate: /)
    expect(() => breaker({ window: { calls: 10 }, min: 11 })).toThrow(/^min: /)
    expect(() => breaker({ openFor: 0 })).toThrow(/^openFor: /)
    expect(() => breaker({ openFor: 10, maxOpenFor: 5 })).toThrow(/^maxOpenFor: /)
    const gate = breaker({ probes: 2, consecutive: 1, clock: new VirtualClock() })
    expect(() => gate.set({ probes: 0 })).toThrow(/^probes: /)
    report(gate, 'fail')
    expect(gate.inspect().state).toBe('open')
  })
})
