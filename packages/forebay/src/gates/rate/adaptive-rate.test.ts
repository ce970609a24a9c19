import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Gate, Permit } from '../../kernel/gate.ts'
import { seededRandom } from '../../kernel/random.ts'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { all } from '../all.ts'
import { balance } from '../balance/balance.ts'
import { keyed } from '../keyed.ts'
import { limit } from '../limit/limit.ts'
import { perCall } from '../per-call.ts'
import { adaptiveRate } from './adaptive-rate.ts'
import { advise } from './advise.ts'
import { rate } from './rate.ts'

const still = { next: () => 0 }

/** Asks for a permit every `stepMs` and releases it after `afterMs` as `judge` says. */
async function use(
  gate: Gate,
  clock: VirtualClock,
  forMs: number,
  judge: (at: number) => 'ok' | 'drop',
  { stepMs = 5, afterMs = 50 } = {},
): Promise<{ ok: number; drop: number }> {
  const counts = { ok: 0, drop: 0 }
  for (const end = clock.now() + forMs; clock.now() < end; await clock.advance(stepMs)) {
    const permit = gate.tryAcquire()
    if (permit === undefined) continue
    const outcome = judge(clock.now())
    counts[outcome]++
    clock.after(afterMs, () => permit.release(outcome))
  }
  return counts
}

/** A server that takes `perSecond` and drops the rest, by a bucket of a quarter of a second. */
function server(perSecond: number): (at: number) => 'ok' | 'drop' {
  let tokens = perSecond / 4
  let last = 0
  return (at) => {
    tokens = Math.min(perSecond / 4, tokens + ((at - last) * perSecond) / 1000)
    last = at
    if (tokens < 1) return 'drop'
    tokens--
    return 'ok'
  }
}

describe('adaptiveRate', () => {
  it('takes a hundred drops of one overload for one, and goes down to its minimum when they go on', () => {
    const clock = new VirtualClock()
    const gate = adaptiveRate({ max: 100, min: 10, burst: 100, clock })
    const permits = Array.from({ length: 100 }, () => gate.tryAcquire() as Permit)

    for (const permit of permits) permit.release('drop')
    expect(gate.inspect().limit).toBeCloseTo(70)

    for (let i = 0; i < 20; i++) {
      clock.advanceSync(1000)
      gate.tryAcquire()?.release('drop')
    }
    expect(gate.inspect().limit).toBe(10)
  })

  it('grows back to its maximum in the time of its recovery, but only while somebody wants more', async () => {
    const clock = new VirtualClock()
    const gate = adaptiveRate({ max: 100, min: 10, start: 10, recovery: '20s', clock })

    await use(gate, clock, 10_000, () => 'ok', { stepMs: 500 })
    expect(gate.inspect().limit).toBe(10)

    await use(gate, clock, 10_000, () => 'ok')
    expect(gate.inspect().limit).toBeGreaterThan(45)
    expect(gate.inspect().limit).toBeLessThan(60)
    await use(gate, clock, 15_000, () => 'ok')
    expect(gate.inspect().limit).toBe(100)
  })

  it('learns nothing from those who only look, at it or at a gate that it is in', async () => {
    const clock = new VirtualClock()
    const own = adaptiveRate({ max: 100, start: 10, clock })
    const gate = all([own, limit(5, { clock })])
    for (let i = 0; i < 120; i++) {
      gate.tryAcquire()?.release('ok')
      for (const each of [own, gate]) {
        each.inspect()
        each.waitMs()
        each.credit()
      }
      await clock.advance(1000)
    }
    expect(own.inspect().limit).toBe(10)
  })

  const slow = (clock: VirtualClock) => adaptiveRate({ max: 100, start: 10, name: 'slow', clock })
  it.each([
    ['by itself', slow],
    ['in a composite', (clock: VirtualClock) => all([slow(clock), limit(50, { clock })])],
    ['by the call', (clock: VirtualClock) => all([perCall(slow(clock)), limit(50, { clock })])],
    ['by its key', (clock: VirtualClock) => keyed(() => slow(clock), { clock })],
    ['as a target', (clock: VirtualClock) => balance([{ name: 'a', gate: slow(clock) }], { clock })],
  ])('grows while callers are refused, wait in line, or wait for credit: %s', async (_, make) => {
    const work = (clock: VirtualClock, permit: Permit): unknown => clock.after(20, () => permit.release('ok'))
    const ways: ((gate: Gate, clock: VirtualClock) => Promise<unknown>)[] = [
      async (gate, clock) => use(gate, clock, 30_000, () => 'ok'),
      async (gate, clock) => {
        const caller = async (): Promise<void> => {
          while (clock.now() < 30_000) work(clock, await gate.acquire({ hold: 60_000 }))
        }
        const callers = [caller(), caller()]
        await clock.advance(40_000)
        await Promise.all(callers)
      },
      async (gate, clock) => {
        const take = (): void => {
          while (gate.credit() > 0) work(clock, gate.tryAcquire() as Permit)
        }
        const stop = gate.onCredit(take)
        take()
        await clock.advance(30_000)
        stop()
      },
    ]
    for (const way of ways) {
      const clock = new VirtualClock()
      const gate = make(clock)
      await way(gate, clock)
      const before = gate.stats.admitted
      await use(gate, clock, 1000, () => 'ok')
      expect(gate.stats.admitted - before).toBeGreaterThan(40)
    }
  })

  it('finds the rate of a server that only says no, and wastes few asks on finding it', async () => {
    const clock = new VirtualClock()
    const gate = adaptiveRate({ max: 180, min: 5, recovery: '1m', clock })
    const judge = server(50)
    await use(gate, clock, 10_000, judge)

    const { ok, drop } = await use(gate, clock, 60_000, judge)

    expect(ok / (50 * 60)).toBeGreaterThan(0.85)
    expect(drop / (ok + drop)).toBeLessThan(0.04)
  })

  it('shares a server evenly with others that know nothing of it', async () => {
    const clock = new VirtualClock()
    const judge = server(60)
    const random = seededRandom(9)
    const gates = [150, 20].map((start) => adaptiveRate({ max: 150, min: 2, start, clock }))
    const counts = [0, 0]
    for (const end = 240_000; clock.now() < end; clock.advanceSync(5)) {
      const turns = random.next() < 0.5 ? [0, 1] : [1, 0]
      for (const i of turns) {
        const permit = (gates[i] as Gate).tryAcquire()
        if (permit === undefined) continue
        const outcome = judge(clock.now())
        if (outcome === 'ok' && clock.now() > 40_000) counts[i] = (counts[i] as number) + 1
        clock.after(50, () => permit.release(outcome))
      }
    }
    const [one, other] = counts as [number, number]
    expect(Math.min(one, other) / Math.max(one, other)).toBeGreaterThan(0.7)
    expect((one + other) / (60 * 200)).toBeGreaterThan(0.8)
  })

  it('stops when it is told to come back later, wakes who waits then, and believes nobody for longer than it may', async () => {
    const clock = new VirtualClock()
    const gate = adaptiveRate({ max: 100, maxPause: '10s', random: still, clock })
    expect(advise(gate, { retryAfterMs: 2000 })).toBe(true)
    expect(gate.tryAcquire()).toBeUndefined()
    expect(gate.credit()).toBe(0)
    let at = -1
    void Promise.resolve(gate.acquire()).then(() => (at = clock.now()))
    await clock.advance(3000)
    expect(at).toBe(2000)

    advise(gate, { retryAfterMs: 31_536_000_000 })
    expect(gate.waitMs()).toBe(10_000)
  })

  it('spreads the end of a pause, so that clients do not come back together', () => {
    const clock = new VirtualClock()
    const random = seededRandom(9)
    const ends = Array.from({ length: 20 }, () => {
      const gate = adaptiveRate({ max: 100, random, clock })
      advise(gate, { retryAfterMs: 1000 })
      return gate.waitMs()
    })
    expect(Math.min(...ends)).toBeGreaterThanOrEqual(1000)
    expect(Math.max(...ends)).toBeLessThanOrEqual(1100)
    expect(new Set(ends.map(Math.round)).size).toBeGreaterThan(10)
  })

  it('starts no more than what remains until the reset, spreads the second half of it, and then goes on', () => {
    const clock = new VirtualClock()
    const gate = adaptiveRate({ max: 1000, random: still, clock })
    advise(gate, { limit: 100, perMs: 60_000, remaining: 80, resetMs: 10_000 })
    const at: number[] = []
    for (; clock.now() < 10_000; clock.advanceSync(1)) if (gate.tryAcquire() !== undefined) at.push(clock.now())

    expect(at).toHaveLength(80)
    expect(at[29]).toBeLessThan(40)
    expect(at[40]).toBeGreaterThan(1500)
    expect(at[79]).toBeGreaterThan(9000)
    const before = at.length
    for (; clock.now() < 10_100; clock.advanceSync(1)) if (gate.tryAcquire() !== undefined) at.push(clock.now())
    expect(at.length - before).toBeGreaterThan(90)
  })

  it('lets the quota with the least left rule until its reset, whatever comes after it', () => {
    const clock = new VirtualClock()
    const gate = adaptiveRate({ max: 1000, burst: 100, random: still, clock })
    advise(gate, { remaining: 2, resetMs: 60_000 })
    advise(gate, { remaining: 50, resetMs: 1000 })
    expect(gate.credit()).toBe(2)
    gate.tryAcquire()
    advise(gate, { remaining: 2, resetMs: 60_000 }) // an answer from before: our last ask is not counted in it
    expect(gate.credit()).toBe(1)
    clock.advanceSync(60_000)
    expect(gate.credit()).toBe(100)
  })

  it('takes a limit for a rate when nothing is said of what remains', () => {
    const gate = adaptiveRate({ max: 100, clock: new VirtualClock() })
    advise(gate, { limit: 600, perMs: 60_000 })
    expect(gate.inspect().limit).toBe(10)
    advise(gate, { limit: 5000 })
    expect(gate.inspect().limit).toBe(10)
  })

  it('stays between its bounds and goes on, whatever it is told', () => {
    const odd = fc.oneof(
      fc.double(),
      fc.constantFrom(
        0,
        -1,
        Infinity,
        -Infinity,
        Number.NaN,
        1e308,
        undefined,
        'soon' as unknown as number,
        null as unknown as number,
      ),
    )
    const advices = fc.record({ limit: odd, perMs: odd, remaining: odd, resetMs: odd, retryAfterMs: odd })
    fc.assert(
      fc.property(fc.array(fc.tuple(advices, fc.integer({ min: -50, max: 500 })), { maxLength: 20 }), (told) => {
        let now = 0
        const clock = new VirtualClock()
        clock.now = () => now
        const gate = adaptiveRate({ max: 100, min: 1, maxPause: 1000, clock })
        for (const [advice, ms] of told) {
          advise(gate, advice as object)
          now += ms
          expect(gate.inspect().limit).toBeGreaterThan(0)
          expect(gate.inspect().limit).toBeLessThanOrEqual(100)
          expect(gate.credit()).toBeGreaterThanOrEqual(0)
          expect(gate.waitMs()).toBeGreaterThanOrEqual(0)
          gate.tryAcquire()?.release('drop')
        }
        now += 2001
        expect(gate.tryAcquire()).toBeDefined()
      }),
    )
  })

  it('is reached through a composite and by its key, and others say that they do not obey', () => {
    const clock = new VirtualClock()
    const own = keyed(() => adaptiveRate({ max: 10, random: still, clock }), { clock })
    const client = all([limit(5, { clock }), own])

    expect(advise(client, { retryAfterMs: 500 }, { key: 'a' })).toBe(true)

    expect(client.waitMs({ key: 'a' })).toBe(500)
    expect(client.tryAcquire({ key: 'b' })).toBeDefined()
    expect(advise(rate({ limit: 5, clock }), { retryAfterMs: 500 })).toBe(false)
    expect(advise(limit(5), { retryAfterMs: 500 })).toBe(false)
  })

  it('can be changed while it runs, and names what is wrong', () => {
    const gate = adaptiveRate({ max: 100, burst: 2, clock: new VirtualClock() })
    gate.set({ max: 50, burst: 4 })
    expect(gate.inspect().limit).toBe(50)
    expect(gate.credit()).toBe(4)
    expect(() => gate.set({ min: 60 })).toThrow(/^min: /)
    expect(gate.inspect().limit).toBe(50)
    expect(() => adaptiveRate({ max: 0 })).toThrow(/^max: /)
    expect(() => adaptiveRate({ max: 10, start: 11 })).toThrow(/^start: /)
    expect(() => adaptiveRate({ max: 10, decrease: 1 })).toThrow(/^decrease: /)
  })
})
