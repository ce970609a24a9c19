import { describe, expect, it } from 'vitest'
import { all } from '../../gates/all.ts'
import { limit } from '../../gates/limit/limit.ts'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { obey } from './obey.ts'

const wait = (retryAfterMs: number) => ({ retryAfterMs, mayNotRetry: false, quotas: [] })

describe('obey', () => {
  it('closes the key that was told to wait, and no other, for as long as was asked', async () => {
    const clock = new VirtualClock()
    const peer = obey({ clock })
    peer.hear(wait(500), 'a')
    expect(peer.tryAcquire({ key: 'a' })).toBeUndefined()
    expect(peer.waitMs({ key: 'a' })).toBe(500)
    expect(peer.tryAcquire({ key: 'b' })).toBeDefined()
    expect(peer.tryAcquire()).toBeDefined()
    await clock.advance(499)
    expect(peer.tryAcquire({ key: 'a' })).toBeUndefined()
    await clock.advance(1)
    expect(peer.tryAcquire({ key: 'a' })).toBeDefined()
  })

  it('holds those who can wait, refuses at once those who cannot, and says when to come back', async () => {
    const clock = new VirtualClock()
    const peer = obey({ clock, name: 'peer' })
    peer.hear(wait(2000))
    let isIn = false
    void Promise.resolve(peer.acquire()).then(() => (isIn = true))
    await expect(peer.acquire({ deadline: clock.now() + 1999 })).rejects.toMatchObject({
      reason: 'deadline',
      retryAfterMs: 2000,
    })
    await expect(peer.acquire({ hold: 100 })).rejects.toMatchObject({ reason: 'rate', gate: 'peer' })
    await clock.advance(1999)
    expect(isIn).toBe(false)
    await clock.advance(1)
    expect(isIn).toBe(true)
    expect(peer.stats.waiting).toBe(0)
  })

  it('closes for a quota of requests that is used up, but not for concurrency', () => {
    const peer = obey({ clock: new VirtualClock() })
    const quota = (unit: string, remaining: number) => ({
      mayNotRetry: false,
      quotas: [{ name: 'q', unit, remaining, resetMs: 900 }],
    })
    peer.hear(quota('concurrent-requests', 0))
    peer.hear(quota('requests', 1))
    expect(peer.closedMs()).toBe(0)
    peer.hear(quota('requests', 0))
    expect(peer.closedMs()).toBe(900)
  })

  it('is prolonged and never shortened by what comes later, and never beyond its longest', () => {
    const peer = obey({ clock: new VirtualClock(), longest: '1s' })
    peer.hear(wait(800))
    peer.hear(wait(300))
    peer.hear({ mayNotRetry: false, quotas: [] })
    expect(peer.closedMs()).toBe(800)
    peer.hear(wait(1e9))
    expect(peer.closedMs()).toBe(1000)
  })

  it('remembers only so many keys', () => {
    const peer = obey({ clock: new VirtualClock(), max: 3 })
    for (const key of ['a', 'b', 'c', 'a', 'd']) peer.hear(wait(1000), key)
    expect(['a', 'b', 'c', 'd'].map((key) => peer.closedMs(key) > 0)).toEqual([false, true, true, true])
  })

  it('stands beside other gates, whose permits a waiter does not hold', async () => {
    const clock = new VirtualClock()
    const peer = obey({ clock })
    const calls = limit(1, { clock })
    const both = all([calls, peer])
    peer.hear(wait(50))
    const permit = Promise.resolve(both.acquire())
    expect(calls.stats.inUse).toBe(0)
    await clock.advance(50)
    expect((await permit) !== undefined && both.stats.inUse).toBe(1)
  })
})
