import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Gate, Permit } from '../../../kernel/gate.ts'
import { seededRandom } from '../../../kernel/random.ts'
import { VirtualClock, settled } from '../../../testkit/virtual-clock.ts'
import { sharedLimit } from './shared-limit.ts'
import type { SharedLimitOptions } from './shared-limit.ts'
import type { SlotAnswer, SlotAsk, SlotStore } from './slot-store.ts'

/** A store of slots in virtual time. */
class PlayStore implements SlotStore {
  isWell = true
  /** Whom it does not hear. */
  deaf = ''
  asks = 0
  readonly owners = new Map<string, { slots: number; until: number }>()
  readonly #clock: VirtualClock

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  hold(ask: SlotAsk): Promise<SlotAnswer> {
    this.asks++
    return new Promise((resolve, reject) => {
      if (ask.owner === this.deaf) return
      this.#clock.after(1, () => {
        if (this.isWell) resolve(this.#decide(ask))
        else reject(new Error('connection lost'))
      })
    })
  }

  #decide({ owner, limit, held, most, ttlMs }: SlotAsk): SlotAnswer {
    const now = this.#clock.now()
    let others = 0
    for (const [name, { slots, until }] of this.owners) {
      if (until <= now) this.owners.delete(name)
      else if (name !== owner) others += slots
    }
    const granted = Math.max(0, Math.min(most, limit - others - held))
    this.owners.set(owner, { slots: held + granted, until: now + ttlMs })
    return { granted }
  }
}

function world(options: Partial<SharedLimitOptions> = {}) {
  const clock = new VirtualClock()
  const store = new PlayStore(clock)
  let seed = 1
  const make = (more: Partial<SharedLimitOptions> = {}) =>
    sharedLimit(10, { store, clock, random: seededRandom(seed++), line: { hold: '1m' }, ...options, ...more })
  return { clock, store, make }
}

describe('sharedLimit', () => {
  it('goes on whatever the function throws that is told that the store is away', async () => {
    const onAway = (): never => {
      throw new Error('no log')
    }
    const { clock, store, make } = world({ away: { fallback: 'closed', onAway } })
    store.isWell = false
    const gate = make()
    const first = gate.acquire()
    await clock.advance(500)
    expect(gate.shared.isAway).toBe(true)
    store.isWell = true
    await clock.advance(3000)
    expect(gate.shared.isAway).toBe(false)
    await expect(first).resolves.toBeDefined()
  })

  it('lets no more run at once in several processes than its limit, and everything runs in the end', async () => {
    const { clock, make } = world()
    const gates = [make(), make(), make()]
    let running = 0
    let most = 0
    let done = 0
    const random = seededRandom(9)
    for (let i = 0; i < 300; i++) {
      const gate = gates[i % 3] as ReturnType<typeof make>
      const cost = 1 + Math.floor(random.next() * 3)
      void Promise.resolve(gate.acquire({ cost })).then((permit) => {
        running += cost
        most = Math.max(most, running)
        clock.after(5 + 20 * random.next(), () => {
          running -= cost
          done++
          permit.release()
        })
      })
    }

    await clock.advance(10_000)

    expect(most).toBeLessThanOrEqual(10)
    expect(most).toBeGreaterThan(7)
    expect(done).toBe(300)
    expect(clock.now()).toBe(10_000)
  })

  it('hands a freed slot to the next who waits here without asking anybody', async () => {
    const { clock, store, make } = world()
    const gate = make({ keep: '1s' })
    const permits = await Promise.all([...Array.from({ length: 10 }, () => gate.acquire()), clock.advance(30)])
    const { asks } = store
    for (let i = 0; i < 10; i++) {
      const next = gate.acquire()
      ;(permits[i] as Permit).release()
      await next
    }
    expect(store.asks).toBeLessThanOrEqual(asks + 1)
  })

  it('gives back what nobody uses, and sets no timer then', async () => {
    const { clock, store, make } = world()
    const gate = make()
    const [permit] = await Promise.all([gate.acquire(), clock.advance(5)])
    expect(gate.shared.leased).toBe(1)
    permit.release()
    await clock.advance(200)
    expect([...store.owners.values()].map(({ slots }) => slots)).toEqual([0])
    expect(clock.pending).toBe(0)
  })

  it('keeps its slots while its work runs, however long, and loses those of a process that died', async () => {
    const { clock, store, make } = world({ lease: 3000 })
    const [one, other] = [make(), make()]
    const permits = await Promise.all([...Array.from({ length: 6 }, () => one.acquire()), clock.advance(30)])
    await clock.advance(30_000)
    let served = 0
    for (let i = 0; i < 10; i++) void Promise.resolve(other.acquire()).then(() => served++)
    await clock.advance(1000)
    expect(served).toBe(4)

    const dead = [...store.owners.keys()][0] as string
    store.deaf = dead
    await clock.advance(3500)
    expect(served).toBe(10)
    expect(permits).toHaveLength(7)
  })

  it('keeps its share while the store is away, and tells the truth when it is back', async () => {
    const { clock, store, make } = world({ away: { instances: 5 }, lease: 2000 })
    const gate = make()
    store.isWell = false
    const held: Permit[] = []
    for (let i = 0; i < 6; i++) void Promise.resolve(gate.acquire()).then((permit) => held.push(permit))
    await clock.advance(5000)
    expect(held).toHaveLength(2)
    expect(gate.shared.isAway).toBe(true)

    store.isWell = true
    await clock.advance(2000)
    expect(gate.shared.isAway).toBe(false)
    expect(held).toHaveLength(6)
    expect([...store.owners.values()][0]?.slots).toBe(6)
  })

  it('never lets more run than its limit and leaves nothing behind, however callers come and go and the store behaves', async () => {
    const step = fc.record({
      gate: fc.integer({ min: 0, max: 1 }),
      cost: fc.integer({ min: 1, max: 4 }),
      patienceMs: fc.integer({ min: 0, max: 80 }),
      workMs: fc.integer({ min: 0, max: 60 }),
      isWell: fc.constantFrom(true, true, true, false),
      thenMs: fc.integer({ min: 0, max: 40 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { clock, store, make } = world({ away: { fallback: 'closed', retryEvery: 30 }, lease: 5000 })
        const gates = [make(), make()]
        let running = 0
        for (const { gate, cost, patienceMs, workMs, isWell, thenMs } of steps) {
          store.isWell = isWell
          const patience = new AbortController()
          clock.after(patienceMs, () => patience.abort())
          void Promise.resolve((gates[gate] as Gate).acquire({ cost, signal: patience.signal })).then(
            (permit) => {
              running += cost
              expect(running).toBeLessThanOrEqual(10)
              clock.after(workMs, () => {
                running -= cost
                permit.release()
              })
            },
            () => {},
          )
          await clock.advance(thenMs)
        }
        store.isWell = true
        await clock.advance(8000)

        expect(running).toBe(0)
        for (const { slots } of store.owners.values()) expect(slots).toBe(0)
        expect(gates.map((gate) => gate.shared.leased)).toEqual([0, 0])
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 100 },
    )
  })

  it('lets nothing start while the store is away and it is closed', async () => {
    const { clock, store, make } = world({ away: { fallback: 'closed' }, line: { hold: 500 } })
    store.isWell = false
    const gate = make()
    const refused = Promise.resolve(gate.acquire()).catch((error: unknown) => error)
    await clock.advance(600)
    expect(await refused).toMatchObject({ code: 'FOREBAY_SHED', reason: 'limit' })
    await settled()
  })

  it('follows a limit that is changed while it runs', async () => {
    const { clock, make } = world()
    const gate = make()
    const held: Permit[] = []
    for (let i = 0; i < 12; i++) void Promise.resolve(gate.acquire()).then((permit) => held.push(permit))
    await clock.advance(100)
    expect(held).toHaveLength(10)
    gate.set({ limit: 12 })
    await clock.advance(200)
    expect(held).toHaveLength(12)
    expect(() => gate.set({ limit: 0 })).toThrow(/^limit: /)
    expect(() => make({ lease: 5 })).toThrow(/^lease: /)
  })
})
