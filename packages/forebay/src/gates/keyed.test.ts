import { describe, expect, it } from 'vitest'
import type { Permit } from '../kernel/gate.ts'
import { VirtualClock, settled } from '../testkit/virtual-clock.ts'
import { all } from './all.ts'
import { keyed } from './keyed.ts'
import { limit } from './limit/limit.ts'
import { rate } from './rate/rate.ts'

describe('keyed', () => {
  it('gives every key a gate of its own', () => {
    const clock = new VirtualClock()
    const gate = keyed(() => limit(1, { clock }), { clock })

    const a = gate.tryAcquire({ key: 'a' }) as Permit
    expect(gate.tryAcquire({ key: 'a' })).toBeUndefined()
    expect(gate.tryAcquire({ key: 'b' })).toBeDefined()
    a.release()

    expect(gate.tryAcquire({ key: 'a' })).toBeDefined()
    expect(gate.stats).toMatchObject({ admitted: 3, inUse: 2 })
  })

  it('does not let one key hold up the others in the line', async () => {
    const clock = new VirtualClock()
    const gate = keyed(() => limit(1, { clock }), { clock, line: { hold: '1m' } })
    const a = gate.tryAcquire({ key: 'a' }) as Permit
    const b = gate.tryAcquire({ key: 'b' }) as Permit
    const order: string[] = []
    for (const key of ['a', 'a', 'b'])
      void Promise.resolve(gate.acquire({ key, level: key === 'a' ? 0 : 3 })).then(() => order.push(key))

    b.release()
    await settled()
    expect(order).toEqual(['b'])
    a.release()
    await settled()
    expect(order).toEqual(['b', 'a'])
  })

  it('lets a key in at once while others wait, and not one that waits itself', async () => {
    const clock = new VirtualClock()
    const gate = keyed(() => limit(2, { clock }), { clock, line: { hold: '1m' } })
    const held = [gate.tryAcquire({ key: 'a' }), gate.tryAcquire({ key: 'a' })]
    const waiting = gate.acquire({ key: 'a', cost: 2 })
    expect(waiting).toBeInstanceOf(Promise)

    expect(gate.acquire({ key: 'b' })).not.toBeInstanceOf(Promise)
    expect(gate.tryAcquire({ key: 'b' })).toBeDefined()
    held[0]?.release()
    expect(gate.tryAcquire({ key: 'a' })).toBeUndefined() // a place is free, but two are waited for
    expect(gate.tryAcquire({})).toBeDefined()

    held[1]?.release()
    await expect(waiting).resolves.toBeDefined()
  })

  it('lets nobody past a line in which keys do not take turns', () => {
    const clock = new VirtualClock()
    const gate = keyed(() => limit(1, { clock }), { clock, line: { hold: '1m', fair: false } })
    gate.tryAcquire({ key: 'a' })
    void gate.acquire({ key: 'a' })
    expect(gate.tryAcquire({ key: 'b' })).toBeUndefined()
  })

  it('serves each key at its own pace, by time alone', async () => {
    const clock = new VirtualClock()
    const gate = keyed((key) => rate({ limit: key === 'fast' ? 10 : 1, burst: 1, clock }), {
      clock,
      line: { hold: '1m' },
    })
    const at: Record<string, number[]> = { fast: [], slow: [] }
    for (let i = 0; i < 4; i++) {
      for (const key of ['slow', 'fast'])
        void Promise.resolve(gate.acquire({ key })).then(() => at[key]?.push(Math.round(clock.now())))
    }

    await clock.advance(5000)

    expect(at).toEqual({ fast: [0, 100, 200, 300], slow: [0, 1000, 2000, 3000] })
  })

  it('does not refuse a key for what others have in front of it', async () => {
    const clock = new VirtualClock()
    const gate = keyed(() => rate({ limit: 10, burst: 1, clock }), {
      clock,
      line: { order: 'fifo', hold: 250, max: 99 },
    })
    for (const key of ['a', 'b']) gate.tryAcquire({ key })
    const others = [1, 2].map(() => Promise.resolve(gate.acquire({ key: 'a' })))
    const own = Promise.resolve(gate.acquire({ key: 'b' }))
    await clock.advance(100)
    await expect(own).resolves.toBeDefined()
    await clock.advance(100)
    await Promise.all(others)
  })

  it('shares one gate among the keys beyond its maximum, so strangers cannot use up memory', () => {
    const clock = new VirtualClock()
    const made: string[] = []
    const gate = keyed((key) => (made.push(key), limit(1, { clock })), { max: 100, clock })

    let admitted = 0
    for (let i = 0; i < 10_000; i++) if (gate.tryAcquire({ key: `key ${i}` }) !== undefined) admitted++

    expect(made).toHaveLength(101)
    expect(admitted).toBe(101)
    expect(gate.inspect().parts).toHaveLength(20)
  })

  it('lets no key get rid of its own history by naming many others', () => {
    const clock = new VirtualClock()
    const gate = keyed(() => rate({ limit: 1, burst: 5, clock }), { max: 10, idle: '10s', clock })
    while (gate.tryAcquire({ key: 'mallory' }) !== undefined);

    for (let i = 0; i < 100; i++) gate.tryAcquire({ key: `other ${i}` })

    expect(gate.tryAcquire({ key: 'mallory' })).toBeUndefined()
  })

  it('gives the place of a key that was long unused to another, but never of one whose work still runs', () => {
    const clock = new VirtualClock()
    const made: string[] = []
    const gate = keyed((key) => (made.push(key), limit(1, { clock })), { max: 2, idle: '10s', clock })
    const running = gate.tryAcquire({ key: 'a' }) as Permit
    gate.tryAcquire({ key: 'b' })?.release()
    clock.advanceSync(10_000)

    gate.tryAcquire({ key: 'c' })?.release()
    expect(made).toEqual(['*', 'a', 'b'])

    running.release()
    gate.tryAcquire({ key: 'c' })
    expect(made).toEqual(['*', 'a', 'b', 'c'])
  })

  it('stands behind one line with other gates, and every key wakes who waits for what they share', async () => {
    const clock = new VirtualClock()
    const total = limit(2, { clock })
    const gate = all([keyed(() => limit(1, { clock }), { clock }), total], { line: { hold: '1m' } })
    const a = gate.tryAcquire({ key: 'a' }) as Permit
    const b = gate.tryAcquire({ key: 'b' }) as Permit
    const order: string[] = []
    for (const key of ['a', 'c']) void Promise.resolve(gate.acquire({ key })).then(() => order.push(key))

    b.release()
    await settled()
    expect(order).toEqual(['c'])
    a.release()
    await settled()
    expect(order).toEqual(['c', 'a'])
  })

  it('wakes who waits for one key when a gate that keys share is freed by another', async () => {
    const clock = new VirtualClock()
    const shared = limit(1, { clock })
    const gate = keyed(() => all([rate({ limit: 1000, burst: 10, clock }), shared]), { clock, line: { hold: '1m' } })
    const direct = shared.tryAcquire() as Permit
    const waiting = Promise.resolve(gate.acquire({ key: 'a' }))
    direct.release()
    await expect(waiting).resolves.toBeDefined()
  })
})
