import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isForebayError } from '../../../kernel/errors.ts'
import type { Permit } from '../../../kernel/gate.ts'
import { VirtualClock, settled } from '../../../testkit/virtual-clock.ts'
import { all } from '../../all.ts'
import { limit } from '../../limit/limit.ts'
import { Gcra } from '../gcra.ts'
import type { RateStore, StoreAnswer, StoreAsk } from './rate-store.ts'
import { sharedRate } from './shared-rate.ts'
import type { SharedRateOptions } from './shared-rate.ts'

/** A store of GCRA in virtual time: it answers after `latencyMs`, or not at all, or refuses to. */
class PlayStore implements RateStore {
  latencyMs = 1
  state: 'well' | 'broken' | 'silent' = 'well'
  readonly batches: (readonly StoreAsk[])[] = []
  readonly #clock: VirtualClock
  readonly #rates = new Map<string, Gcra>()

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  take(asks: readonly StoreAsk[]): Promise<readonly StoreAnswer[]> {
    this.batches.push(asks)
    return new Promise((resolve, reject) => {
      if (this.state === 'silent') return
      this.#clock.after(this.latencyMs, () => {
        if (this.state === 'broken') reject(new Error('connection lost'))
        else resolve(asks.map((ask) => this.#decide(ask)))
      })
    })
  }

  #decide({ key, rate, least, most, correction }: StoreAsk): StoreAnswer {
    const now = this.#clock.now()
    const gcra = this.#rates.get(key) ?? new Gcra({ limit: rate.limit, per: rate.perMs, burst: rate.burst })
    this.#rates.set(key, gcra)
    if (correction !== 0) gcra.correct(correction, now)
    const waitMs = most === 0 ? 0 : gcra.waitMs(least, now, 0)
    if (most === 0 || waitMs > 0) return { granted: 0, waitMs, mark: 0, at: now }
    let granted = least
    while (granted < most && gcra.waitMs(granted + 1, now, 0) === 0 && granted + 1 <= rate.burst) granted++
    gcra.take(granted, now)
    return { granted, waitMs: 0, mark: 0, at: now }
  }
}

function world(options: Partial<SharedRateOptions> = {}) {
  const clock = new VirtualClock()
  const store = new PlayStore(clock)
  const make = (more: Partial<SharedRateOptions> = {}) =>
    sharedRate({ limit: 100, burst: 10, store, clock, ...options, ...more })
  return { clock, store, make, gate: make() }
}

describe('sharedRate', () => {
  it('lets several processes together do no more than its rate, and all of it', async () => {
    const { clock, make } = world()
    const gates = [make(), make(), make()]
    const taken: number[] = []
    const work = async (gate: ReturnType<typeof make>): Promise<void> => {
      while (clock.now() < 5000) {
        await gate.acquire()
        taken.push(clock.now())
      }
    }
    for (const gate of gates) for (let i = 0; i < 4; i++) void work(gate)

    await clock.advance(5000)

    for (const from of taken) {
      for (const ms of [50, 200, 1000]) {
        const inside = taken.filter((at) => at >= from && at < from + ms).length
        expect(inside).toBeLessThanOrEqual(10 + (ms + 2) / 10)
      }
    }
    expect(taken.length).toBeGreaterThan(490)
  })

  it('asks once for a whole line, and not again before the store said that there would be more', async () => {
    const { clock, store, gate } = world({ limit: 10 })
    const waiting = Array.from({ length: 10 }, () => Promise.resolve(gate.acquire()))
    await clock.advance(2)
    await Promise.all(waiting)
    expect(store.batches.map(([ask]) => [ask?.least, ask?.most])).toEqual([[1, 10]])

    void Promise.resolve(gate.acquire()).catch(() => {})
    await clock.advance(50)
    expect(store.batches).toHaveLength(2)
    await clock.advance(100)
    expect(gate.stats.admitted).toBe(11)
    expect(store.batches).toHaveLength(3)
    expect(gate.shared).toMatchObject({ roundTrips: 3, asks: 3, granted: 11, returned: 0, isAway: false })
  })

  it('asks for all keys that wait in one batch, and lets none of them hold up another', async () => {
    const { clock, store, gate } = world({ keyed: true, burst: 1, limit: 1, line: { hold: '1m' } })
    const at: [string, number][] = []
    for (const key of ['a', 'a', 'b'])
      void Promise.resolve(gate.acquire({ key })).then(() => at.push([key, clock.now()]))

    await clock.advance(1500)

    expect(store.batches[0]?.map(({ key }) => key)).toEqual(['a', 'b'])
    expect(at.map(([key]) => key)).toEqual(['a', 'b', 'a'])
    expect(at[2]?.[1]).toBeGreaterThanOrEqual(1000)
  })

  it('asks for nothing while nobody waits, and sets no timer', async () => {
    const { clock, store, gate } = world()
    expect(gate.tryAcquire()).toBeUndefined()
    gate.inspect()
    gate.waitMs()
    await clock.advance(1000)
    expect(store.batches).toHaveLength(0)
    expect(clock.pending).toBe(0)
  })

  it('wakes who listens for credit, and gives back what nobody took', async () => {
    const { clock, store, gate } = world({ keep: 20 })
    const stop = gate.onCredit(() => {})
    await clock.advance(10)
    expect(gate.credit()).toBe(1)
    stop()

    await clock.advance(30)

    expect(gate.credit()).toBe(0)
    expect(store.batches.at(-1)?.[0]).toMatchObject({ least: 0, most: 0, correction: -1 })
    expect(gate.shared).toMatchObject({ granted: 1, returned: 1 })
    expect(clock.pending).toBe(0)
  })

  it('takes nothing for work that waits for a limit', async () => {
    const { clock, store, gate } = world()
    const slots = limit(1, { clock })
    const both = all([gate, slots], { line: { hold: '1m' } })
    const held = slots.tryAcquire() as Permit
    const waiting = Promise.resolve(both.acquire())
    await clock.advance(100)
    expect(store.batches).toHaveLength(0)

    held.release()
    await clock.advance(100)
    await expect(waiting).resolves.toBeDefined()
    expect(store.batches).toHaveLength(1)
  })

  it('serves a line it does not know the length of in steps that double', async () => {
    const { clock, store, gate } = world({ limit: 1000, burst: 1000 })
    const both = all([gate, limit(1000, { clock })], { line: { hold: '1m' } })
    const waiting = Array.from({ length: 100 }, () => Promise.resolve(both.acquire()))
    await clock.advance(100)
    await Promise.all(waiting)
    expect(store.batches.filter(([ask]) => ask?.most !== 0).length).toBeLessThan(10)
  })

  it('charges the truth to the store with the next ask', async () => {
    const { clock, store, gate } = world({ limit: 10, burst: 10 })
    const permit = await Promise.all([gate.acquire({ cost: 10 }), clock.advance(5)]).then(([first]) => first)
    permit.settle(2)
    await clock.advance(5)
    expect(store.batches.at(-1)?.[0]).toMatchObject({ correction: -8, most: 0 })
    const next = Promise.resolve(gate.acquire({ cost: 8 }))
    await clock.advance(5)
    const other = await next
    other.settle(28)
    await clock.advance(5)
    expect(gate.waitMs()).toBe(Infinity)
    void Promise.resolve(gate.acquire()).catch(() => {})
    await clock.advance(5)
    expect(gate.waitMs()).toBeGreaterThan(1900)
  })

  describe('while the store is away', () => {
    it('goes on whatever the function throws that is told of it', async () => {
      const onAway = (): never => {
        throw new Error('no log')
      }
      const { clock, store, gate } = world({ away: { fallback: 'closed', onAway } })
      store.state = 'broken'
      const first = gate.acquire()
      await clock.advance(500)
      expect(gate.shared.isAway).toBe(true)
      store.state = 'well'
      await clock.advance(2000)
      expect(gate.shared.isAway).toBe(false)
      await expect(first).resolves.toBeDefined()
    })

    it('takes answers that are fewer than the asks for none', async () => {
      const { clock, store, gate } = world({ keyed: true, line: { hold: '1m' }, away: { fallback: 'closed' } })
      const take = store.take.bind(store)
      store.take = async (asks) => (await take(asks)).slice(1)
      const both = ['a', 'b'].map((key) => Promise.resolve(gate.acquire({ key })))
      await clock.advance(10)
      expect(gate.shared).toMatchObject({ isAway: true, granted: 0, error: { code: 'FOREBAY_UNAVAILABLE' } })
      store.take = take
      await clock.advance(3000)
      expect(await Promise.all(both)).toHaveLength(2)
    })

    it.each(['broken', 'silent'] as const)('keeps its share by itself (%s), and comes back', async (state) => {
      const told: unknown[] = []
      const { clock, store, gate } = world({ away: { instances: 4, onAway: (error) => told.push(error) } })
      store.state = state
      let passed = 0
      const work = async (): Promise<void> => {
        while (clock.now() < 20_000) {
          await gate.acquire()
          passed++
        }
      }
      void work()
      await clock.advance(10_000)
      expect(passed).toBeGreaterThan(200)
      expect(passed).toBeLessThanOrEqual(3 + 250)
      expect(store.batches.length).toBeLessThan(15)
      expect(gate.shared).toMatchObject({ isAway: true, local: passed })
      expect(isForebayError(gate.shared.error, 'FOREBAY_UNAVAILABLE') || gate.shared.error instanceof Error).toBe(true)

      store.state = 'well'
      const before = passed
      await clock.advance(10_000)
      expect(gate.shared.isAway).toBe(false)
      expect(passed - before).toBeGreaterThan(850)
      expect(passed - before).toBeLessThanOrEqual(10 + 1000 + 3)
      expect(told).toHaveLength(2)
      expect(told[1]).toBeUndefined()
    })

    it('lets everything start when open', async () => {
      const { clock, store, gate } = world({ away: { fallback: 'open' } })
      store.state = 'broken'
      const all = Array.from({ length: 500 }, () => Promise.resolve(gate.acquire()))
      await clock.advance(10)
      await Promise.all(all)
      expect(gate.shared.local).toBe(500)
    })

    it.each(['open', 'local'] as const)('goes back to it though nobody ever waits (%s)', async (fallback) => {
      const { clock, store, gate } = world({ away: { fallback } })
      const work = async (forMs: number): Promise<void> => {
        for (const until = clock.now() + forMs; clock.now() < until;) {
          await Promise.all([gate.acquire(), clock.advance(50)])
        }
      }
      store.state = 'broken'
      void Promise.resolve(gate.acquire())
      await clock.advance(10)
      await work(5000)
      expect(gate.shared.isAway).toBe(true)
      expect(store.batches.length).toBeGreaterThanOrEqual(4)
      expect(store.batches.length).toBeLessThanOrEqual(6)

      store.state = 'well'
      await work(1200)
      expect(gate.shared.isAway).toBe(false)
      await clock.advance(500)
      expect(gate.credit()).toBe(0)
      expect(clock.pending).toBe(0)
    })

    it('leaves it alone when work settles, and charges what is owed when it is back, though nobody asks', async () => {
      const { clock, store, gate } = world({ keyed: true, line: { hold: '1m' }, away: { fallback: 'closed' } })
      const keys = Array.from({ length: 300 }, (_, i) => `k${i}`)
      const asked = Promise.all(keys.map((key) => Promise.resolve(gate.acquire({ key }))))
      await clock.advance(10)
      const permits = await asked
      store.state = 'broken'
      const from = store.batches.length
      for (const permit of permits) {
        permit.settle(3)
        await clock.advance(10)
      }
      expect(gate.shared.isAway).toBe(true)
      expect(store.batches.length - from).toBeLessThanOrEqual(4)

      store.state = 'well'
      const back = store.batches.length
      await clock.advance(2500)
      expect(gate.shared).toMatchObject({ isAway: false, uncharged: 0 })
      const charged = store.batches.slice(back)
      expect(charged.flat().reduce((sum, ask) => sum + ask.correction, 0)).toBe(600)
      expect(Math.max(...charged.map((batch) => batch.length))).toBeLessThanOrEqual(100)
      expect(clock.pending).toBe(0)
    })

    it('charges no more than work turned out to cost in the end', async () => {
      const { clock, store, gate } = world({ away: { fallback: 'closed' } })
      const asked = [1, 4].map((cost) => Promise.resolve(gate.acquire({ cost })))
      await clock.advance(10)
      const [first, second] = (await Promise.all(asked)) as [Permit, Permit]
      store.state = 'broken'
      first.settle(5)
      await clock.advance(10)
      second.settle(1)
      store.state = 'well'
      const back = store.batches.length
      await clock.advance(2500)
      const charged = store.batches.slice(back).flat()
      expect(charged.reduce((sum, ask) => sum + ask.correction, 0)).toBe(1)
      expect(charged.reduce((sum, ask) => sum + ask.most, 0)).toBe(0)
    })

    it('asks it for one key at a time whether it is back', async () => {
      const { clock, store, gate } = world({ keyed: true, away: { fallback: 'open' } })
      store.state = 'broken'
      await Promise.all([gate.acquire({ key: 'first' }), clock.advance(10)])
      expect(gate.shared.isAway).toBe(true)
      store.state = 'silent'
      await clock.advance(2000)

      for (let i = 0; i < 1000; i++) {
        await gate.acquire({ key: `k${i}` })
        if (i % 100 === 0) await clock.advance(1)
      }

      expect(gate.shared.asks).toBe(2)
    })

    it('lets nothing start when closed, holds no longer than the line does, and goes on when the store is back', async () => {
      const { clock, store, gate } = world({ away: { fallback: 'closed' }, line: { hold: 3000 } })
      store.state = 'broken'
      const refused = Promise.resolve(gate.acquire()).catch((error: unknown) => error)
      await clock.advance(3001)
      expect(await refused).toMatchObject({ code: 'FOREBAY_SHED', reason: 'rate', retryable: true })

      const served = Promise.resolve(gate.acquire())
      store.state = 'well'
      await clock.advance(1100)
      await expect(served).resolves.toBeDefined()
    })
  })

  it('refuses at once who cannot be served in time', async () => {
    const { clock, gate } = world({ limit: 1, burst: 1, line: { hold: 500 } })
    void Promise.resolve(gate.acquire()).catch(() => {})
    await clock.advance(5)
    void Promise.resolve(gate.acquire()).catch(() => {})
    await clock.advance(5)
    await expect(gate.acquire()).rejects.toMatchObject({ reason: 'rate' })
    await settled()
  })

  it('asks again at once when it was told of another limit', async () => {
    const { clock, store, gate } = world({ limit: 1, burst: 1 })
    void Promise.resolve(gate.acquire())
    void Promise.resolve(gate.acquire())
    await clock.advance(10)
    gate.set({ limit: 50 })
    await clock.advance(1)
    expect(store.batches.at(-1)?.[0]?.rate.limit).toBe(50)
    expect(() => gate.set({ limit: 0 })).toThrow(/^limit: /)
  })

  it('uses or gives back whatever it was granted, however callers come and go and the store behaves', async () => {
    const step = fc.record({
      cost: fc.integer({ min: 1, max: 4 }),
      key: fc.constantFrom('a', 'b', 'c'),
      patienceMs: fc.integer({ min: 0, max: 60 }),
      state: fc.constantFrom('well', 'well', 'well', 'broken'),
      latencyMs: fc.integer({ min: 0, max: 30 }),
      thenMs: fc.integer({ min: 0, max: 40 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, keyed) => {
        const { clock, store, gate } = world({ keyed, away: { fallback: 'closed', retryEvery: 30 } })
        let used = 0
        for (const { cost, key, patienceMs, state, latencyMs, thenMs } of steps) {
          Object.assign(store, { state, latencyMs })
          const patience = new AbortController()
          clock.after(patienceMs, () => patience.abort())
          void Promise.resolve(gate.acquire({ cost, key, signal: patience.signal })).then(
            () => (used += cost),
            () => {},
          )
          await clock.advance(thenMs)
        }
        store.state = 'well'
        await clock.advance(5000)

        expect(gate.stats.waiting).toBe(0)
        expect(gate.shared.granted - gate.shared.returned).toBe(used)
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  it('names the option that is wrong', () => {
    const { make } = world()
    expect(() => make({ algorithm: 'abacus' as 'gcra' })).toThrow(/^algorithm: /)
    expect(() => make({ algorithm: 'fixed-window' })).toThrow(/^burst: expected none for fixed-window/)
    expect(() => make({ batch: 0 })).toThrow(/^batch: /)
    expect(() => make({ away: { fallback: 'maybe' as 'open' } })).toThrow(/^away.fallback: /)
    expect(() => make({ away: { instances: 0 } })).toThrow(/^away.instances: /)
  })
})
