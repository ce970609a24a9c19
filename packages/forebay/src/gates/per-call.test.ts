import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { all } from './all.ts'
import { limit } from './limit/limit.ts'
import { perCall } from './per-call.ts'
import { rate } from './rate/rate.ts'

describe('perCall', () => {
  it('counts calls where the gate beside it weighs them', async () => {
    const clock = new VirtualClock()
    const calls = rate({ limit: 2, burst: 2, clock })
    const tokens = rate({ limit: 1000, burst: 1000, clock })
    const running = limit(2, { clock })
    const gate = all([perCall(calls), tokens, perCall(running)])
    const first = gate.tryAcquire({ cost: 600 })
    expect([calls.credit(), tokens.credit(), running.credit()]).toEqual([1, 400, 1])
    first?.settle(100)
    expect([calls.credit(), tokens.credit(), running.credit()]).toEqual([1, 900, 1])
    const second = gate.tryAcquire({ cost: 10 })
    expect(gate.tryAcquire({ cost: 1 })).toBeUndefined()
    await clock.advance(1000)
    expect(gate.tryAcquire({ cost: 1 })).toBeUndefined()
    first?.release()
    second?.release()
    expect(running.stats.inUse).toBe(0)
    expect(gate.tryAcquire({ cost: 1 })).toBeDefined()
  })

  it('wakes who waits for it, and lets the same work through alone', async () => {
    const clock = new VirtualClock()
    const gate = perCall(limit(1, { clock }))
    const held = gate.tryAcquire({ cost: 50 })
    const waiting = gate.acquire({ cost: 70 })
    held?.release()
    expect((await waiting) !== undefined && gate.stats.inUse).toBe(1)
    expect(gate.inspect()).toMatchObject({ kind: 'limit', limit: 1, inUse: 1 })
  })
})
