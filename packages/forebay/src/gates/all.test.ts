import { describe, expect, it } from 'vitest'
import type { Gate, Permit } from '../kernel/gate.ts'
import { VirtualClock, settled } from '../testkit/virtual-clock.ts'
import { all } from './all.ts'
import { breaker } from './breaker/breaker.ts'
import { limit } from './limit/limit.ts'
import { rate } from './rate/rate.ts'

describe('all', () => {
  it('gives a permit of every gate or of none', () => {
    const clock = new VirtualClock()
    const pace = rate({ limit: 10, burst: 3, clock })
    const calls = limit(1, { clock })
    const gate = all([pace, calls])

    const permit = gate.tryAcquire() as Permit
    expect(pace.credit()).toBe(2)
    expect(calls.credit()).toBe(0)
    expect(gate.tryAcquire()).toBeUndefined()
    expect(pace.credit()).toBe(2)

    permit.release()
    expect(calls.credit()).toBe(1)
    expect(gate.credit()).toBe(1)
  })

  it('lets a waiter hold nothing: no token is burnt while it waits for a limit', async () => {
    const clock = new VirtualClock()
    const pace = rate({ limit: 10, burst: 5, clock })
    const calls = limit(1, { clock })
    const gate = all([calls, pace], { line: { max: 100, hold: '1m' } })
    const held = gate.tryAcquire() as Permit
    const waiting = Promise.allSettled(Array.from({ length: 20 }, () => Promise.resolve(gate.acquire())))

    await clock.advance(10_000)
    expect(pace.credit()).toBe(5)
    expect(calls.stats.inUse).toBe(1)
    expect(gate.stats.waiting).toBe(20)

    await clock.advance(50_000)
    expect(gate.stats.sheds).toEqual({ limit: 20 })
    held.release()
    await waiting
    expect(calls.stats.inUse).toBe(0)
    expect(pace.credit()).toBe(5)
  })

  it('lets no place of a limit stand empty for a waiter that lacks a token', async () => {
    const clock = new VirtualClock()
    const calls = limit(1, { clock })
    const gate = all([rate({ limit: 1, burst: 1, clock }), calls], { line: { hold: '1m' } })
    ;((await gate.acquire()) as Permit).release()
    const waiting = Promise.resolve(gate.acquire())

    const other = calls.tryAcquire() as Permit
    expect(other).toBeDefined()
    await clock.advance(1000)
    expect(gate.stats.waiting).toBe(1)
    other.release()

    await waiting
    expect(clock.now()).toBe(1000)
  })

  it('sheds the whole line at once when its breaker opens', async () => {
    const clock = new VirtualClock()
    const fuse = breaker({ consecutive: 1, openFor: 5000, name: 'fuse', clock })
    const gate = all([limit(1, { clock }), fuse], { line: { max: 10, hold: '1m' } })
    const running = gate.tryAcquire() as Permit
    const waiting = Array.from({ length: 3 }, () => Promise.resolve(gate.acquire()).catch((error: unknown) => error))

    running.release('fail')

    for (const shed of await Promise.all(waiting)) expect(shed).toMatchObject({ reason: 'open', gate: 'fuse' })
    expect(gate.inspect()).toMatchObject({ kind: 'composite', state: 'open', waiting: 0, inUse: 0, retryAfterMs: 5000 })
    expect(fuse.stats.admitted).toBe(1)
  })

  it('lets nobody join its line while its breaker is open', async () => {
    const clock = new VirtualClock()
    const fuse = breaker({ consecutive: 1, openFor: 5000, clock })
    const gate = all([limit(1, { clock }), fuse], { line: { max: 10, hold: '1m' } })
    gate.tryAcquire()?.release('fail')
    const shed = Promise.resolve(gate.acquire()).catch((error: unknown) => error)
    expect(gate.stats.waiting).toBe(0)
    expect(await shed).toMatchObject({ reason: 'open', waitedMs: 0, retryAfterMs: 5000 })
  })

  it('names the part that refuses, an open breaker before all others', async () => {
    const clock = new VirtualClock()
    const fuse = breaker({ consecutive: 1, name: 'fuse', clock })
    const pace = rate({ limit: 1, burst: 1, name: 'pace', clock })
    const gate = all([limit(1, { name: 'calls', clock }), fuse, pace], { line: 0 })
    const permit = gate.tryAcquire() as Permit

    await expect(gate.acquire()).rejects.toMatchObject({ reason: 'rate', gate: 'pace', retryAfterMs: 1000 })
    clock.advanceSync(1000)
    await expect(gate.acquire()).rejects.toMatchObject({ reason: 'limit', gate: 'calls' })
    permit.release('fail')
    await expect(gate.acquire()).rejects.toMatchObject({ reason: 'open', gate: 'fuse' })
    pace.tryAcquire()
    await expect(gate.acquire()).rejects.toMatchObject({ reason: 'open', gate: 'fuse' })
    await expect(gate.acquire({ deadline: 0 })).rejects.toMatchObject({ reason: 'deadline', gate: 'all' })
  })

  it('shares a limit evenly between two lines', async () => {
    const clock = new VirtualClock()
    const shared = limit(1, { clock })
    const order: string[] = []
    const queue = (name: string): void => {
      const gate = all([shared], { name, line: { hold: Infinity } })
      for (let i = 0; i < 5; i++) {
        void Promise.resolve(gate.acquire()).then((permit) => {
          order.push(name)
          return clock.after(1, () => permit.release())
        })
      }
    }
    const held = shared.tryAcquire() as Permit
    queue('a')
    queue('b')
    held.release()

    await clock.advance(100)

    expect(order).toHaveLength(10)
    expect(order.slice(0, 8).filter((name) => name === 'a')).toHaveLength(4)
    expect(shared.stats.inUse).toBe(0)
  })

  it('passes the outcome and the true cost to every part', () => {
    const clock = new VirtualClock()
    const tokens = rate({ limit: 100, burst: 100, clock })
    const fuse = breaker({ consecutive: 1, clock })
    const gate = all([all([tokens]), fuse, limit(200, { clock })])
    const permit = gate.tryAcquire({ cost: 10 }) as Permit

    permit.settle(60)
    expect(tokens.credit()).toBe(40)
    expect(gate.stats.inUse).toBe(60)
    permit.release('fail')

    expect(fuse.inspect().state).toBe('open')
    expect(gate.inspect().parts?.map((part) => part.kind)).toEqual(['composite', 'breaker', 'limit'])
  })

  it('wakes listeners when the last of its parts has credit again', async () => {
    const clock = new VirtualClock()
    const pace = rate({ limit: 10, burst: 1, clock })
    const calls = limit(1, { clock })
    const gate = all([pace, calls])
    const woken: number[] = []
    gate.onCredit(() => woken.push(clock.now()))
    const permit = gate.tryAcquire() as Permit

    await clock.advance(250)
    expect(woken).toEqual([])
    permit.release()
    expect(woken).toEqual([250])
    gate.tryAcquire()?.release()
    await clock.advance(150)

    expect(woken).toEqual([250, 350])
    await settled()
  })

  it('refuses gates it cannot ask without taking, none at all, and one twice', () => {
    const foreign = { ...limit(1) } as unknown as Gate
    const one = limit(1)
    expect(() => all([foreign])).toThrow(TypeError)
    expect(() => all([])).toThrow(RangeError)
    expect(() => all([one, all([one])])).toThrow(/twice/)
  })
})
