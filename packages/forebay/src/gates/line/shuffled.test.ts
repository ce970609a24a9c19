import { describe, expect, it } from 'vitest'
import type { Permit } from '../../kernel/gate.ts'
import { seededRandom } from '../../kernel/random.ts'
import { VirtualClock, settled } from '../../testkit/virtual-clock.ts'
import { limit } from '../limit/limit.ts'
import { shuffled } from './shuffled.ts'
import type { QueueChoice } from './shuffled.ts'

describe('the hand of a key', () => {
  it('is eight different queues out of 512, the shortest of which it joins', () => {
    const choose = shuffled({ random: seededRandom(1) })
    for (let key = 0; key < 300; key++) {
      const costs = new Map<string, number>()
      for (let i = 0; i < 64; i++) {
        const queue = choose(`key ${key}`, (name) => costs.get(name) ?? 0)
        costs.set(queue, (costs.get(queue) ?? 0) + 1)
      }
      expect([...costs.values()]).toEqual([8, 8, 8, 8, 8, 8, 8, 8])
    }
  })

  it('spreads keys that look alike evenly', () => {
    const choose = shuffled({ random: seededRandom(1) })
    const costs = new Map<string, number>()
    for (let i = 0; i < 5120; i++) {
      const queue = choose(`tenant-${i}`, (name) => costs.get(name) ?? 0)
      costs.set(queue, (costs.get(queue) ?? 0) + 1)
    }
    expect(costs.size).toBe(512)
    expect(Math.max(...costs.values())).toBeLessThanOrEqual(16)
  })

  /** The cards of a hand, in ascending order. */
  function handOf(choose: QueueChoice, key: string): string {
    const cards: string[] = []
    choose(key, (queue) => cards.push(queue))
    return cards.toSorted().join()
  }

  it('is hardly ever that of another key', () => {
    const choose = shuffled({ random: seededRandom(1) })
    const hands = new Set<string>()
    for (let key = 0; key < 100_000; key++) hands.add(handOf(choose, `key ${key}`))
    expect(hands.size).toBe(100_000)
    const few = shuffled({ queues: 6, hand: 3, random: seededRandom(1) })
    expect(new Set(Array.from({ length: 1000 }, (_, key) => handOf(few, `${key}`))).size).toBe(20)
    const all = shuffled({ queues: 5, hand: 5, random: seededRandom(1) })
    expect(handOf(all, 'any')).toBe('0,1,2,3,4')
  })

  it('is the same each time in one line, and nobody can tell it who does not know the seed', () => {
    const [choose, other] = [shuffled(), shuffled()]
    const keys = Array.from({ length: 100 }, (_, i) => `${'k'.repeat(i)} ${i}`)
    const hands = keys.map((key) => handOf(choose, key))
    expect(keys.map((key) => handOf(choose, key))).toEqual(hands)
    expect(keys.filter((key, i) => handOf(other, key) === hands[i])).toEqual([])
  })

  it('is checked', () => {
    expect(() => shuffled({ queues: 1 })).toThrow(/^shuffled\.queues: /)
    expect(() => shuffled({ hand: 0 })).toThrow(/^shuffled\.hand: /)
    expect(() => shuffled({ queues: 4, hand: 5 })).toThrow(/^shuffled\.hand: /)
  })
})

describe('a line in which thousands of keys wait', () => {
  /** Serves one after the other and tells who came when. */
  async function serve(count: number, asks: readonly string[], fair: boolean): Promise<string[]> {
    const line = {
      max: 100_000,
      hold: '1h',
      order: 'fifo',
      fair: fair ? shuffled({ random: seededRandom(1) }) : true,
    } as const
    const gate = limit(1, { clock: new VirtualClock(), line })
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

  it('serves who asks often a share that no number of invented keys can make small, as a queue for each key would', async () => {
    const invented = Array.from({ length: 6000 }, (_, i) => `invented ${i}`)
    const honest = Array.from({ length: 24 }, () => 'honest')
    const count = (served: string[]): number => served.filter((key) => key === 'honest').length
    const own = await serve(3000, [...honest, ...invented], false)
    const hands = await serve(3000, [...honest, ...invented], true)
    expect(count(own)).toBe(1)
    expect(count(hands)).toBe(24)
  })

  it('serves those who ask little after a few turns, though a few others ask for thousands', async () => {
    const greedy = Array.from({ length: 6000 }, (_, i) => `greedy ${i % 3}`)
    const modest = Array.from({ length: 300 }, (_, i) => `modest ${i}`)
    const served = await serve(600, [...greedy, ...modest], true)
    expect(served.filter((key) => key.startsWith('modest')).length).toBe(300)
  })

  it('loses nobody', async () => {
    const asks = Array.from({ length: 4000 }, (_, i) => `key ${i % 2500}`)
    const served = await serve(4000, asks, true)
    expect(served.toSorted((a, b) => a.localeCompare(b))).toEqual(asks.toSorted((a, b) => a.localeCompare(b)))
  })
})
