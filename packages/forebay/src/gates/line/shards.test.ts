import { describe, expect, it } from 'vitest'
import type { Permit } from '../../kernel/gate.ts'
import { VirtualClock, settled } from '../../testkit/virtual-clock.ts'
import { limit } from '../limit/limit.ts'
import { Shards } from './shards.ts'
import { Waiter } from './waiter.ts'

const nobody = { expired: () => {}, aborted: () => {} }

describe('the hand of a key', () => {
  it('is eight different queues out of 512, the shortest of which it joins', () => {
    for (let key = 0; key < 300; key++) {
      const shards = new Shards()
      const hand = new Set<unknown>()
      for (let i = 0; i < 64; i++) {
        const queue = shards.queueFor(`key ${key}`)
        hand.add(queue)
        queue.waiters.append(new Waiter(nobody, {}, 1, 1, 0, Infinity).place)
        queue.cost++
      }
      expect(hand.size).toBe(8)
    }
  })

  it('spreads keys that look alike evenly', () => {
    const shards = new Shards()
    const lengths = new Map<unknown, number>()
    for (let i = 0; i < 5120; i++) {
      const queue = shards.queueFor(`tenant-${i}`)
      queue.waiters.append(new Waiter(nobody, {}, 1, 1, 0, Infinity).place)
      queue.cost++
      lengths.set(queue, queue.waiters.length)
    }
    expect(Math.max(...lengths.values())).toBeLessThanOrEqual(16)
    expect(lengths.size).toBe(512)
  })
})

describe('a line in which thousands of keys wait', () => {
  /** Serves one after the other and tells who came when. */
  async function serve(count: number, asks: readonly string[]): Promise<string[]> {
    const gate = limit(1, { clock: new VirtualClock(), line: { max: 100_000, hold: '1h', order: 'fifo' } })
    let held = gate.tryAcquire() as Permit
    const served: string[] = []
    for (const key of asks) {
      void Promise.resolve(gate.acquire({ key })).then((permit) => {
        served.push(key)
        held = permit
      })
    }
    for (let i = 0; i < count; i++) {
      held.release()
      await settled()
    }
    return served
  }

  it('serves those who ask little after a few turns, though a few others ask for thousands', async () => {
    const crowd = Array.from({ length: 1000 }, (_, i) => `first ${i}`)
    const greedy = Array.from({ length: 6000 }, (_, i) => `greedy ${i % 3}`)
    const modest = Array.from({ length: 300 }, (_, i) => `modest ${i}`)
    const served = await serve(3000, [...crowd, ...greedy, ...modest])
    const count = (prefix: string): number => served.filter((key) => key.startsWith(prefix)).length
    expect(count('first')).toBe(1000)
    expect(count('modest')).toBe(300)
    expect(count('greedy')).toBe(1700)
    expect(served.slice(0, 1800).filter((key) => key.startsWith('modest')).length).toBeGreaterThan(270)
  })

  it('loses nobody, whoever has a queue of its own and whoever shares one', async () => {
    const asks = Array.from({ length: 4000 }, (_, i) => `key ${i % 2500}`)
    const served = await serve(4000, asks)
    expect(served.toSorted((a, b) => a.localeCompare(b))).toEqual(asks.toSorted((a, b) => a.localeCompare(b)))
  })
})
