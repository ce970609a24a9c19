import { afterEach, describe, expect, it, vi } from 'vitest'
import { Deadlines } from '../../src/gates/deadlines.ts'
import type { Due } from '../../src/gates/deadlines.ts'
import { limit } from '../../src/gates/limit/limit.ts'
import { Chain } from '../../src/gates/line/chain.ts'
import { Fattest } from '../../src/gates/line/fattest.ts'
import type { Gate, Level, Permit } from '../../src/kernel/gate.ts'
import { VirtualClock, settled } from '../../src/testkit/virtual-clock.ts'

const crowd = 100_000

/** Counts what the line does with its chains and how often the gate is asked, whatever the time that takes. */
function countSteps(): () => number {
  const spies = [
    vi.spyOn(Chain.prototype, 'append'),
    vi.spyOn(Chain.prototype, 'remove'),
    vi.spyOn(Chain.prototype, 'rotate'),
    vi.spyOn(Fattest.prototype, 'place'),
    vi.spyOn(Fattest.prototype, 'get'),
  ]
  return () => {
    const steps = spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0)
    for (const spy of spies) spy.mockClear()
    return steps
  }
}

/** A gate whose one place is taken, and a crowd of many keys and levels in front of it. */
function crowded(): { gate: Gate; held: Permit; clock: VirtualClock; controllers: AbortController[] } {
  const clock = new VirtualClock()
  const gate = limit(1, { clock, line: { max: crowd, hold: '1h', order: 'fifo' } })
  const held = gate.tryAcquire() as Permit
  const controllers: AbortController[] = []
  for (let i = 0; i < crowd; i++) {
    const controller = i % 100 === 0 ? new AbortController() : undefined
    if (controller !== undefined) controllers.push(controller)
    const ask = {
      key: `tenant ${i % 900}`,
      level: (i % 4) as Level,
      ...(controller !== undefined && { signal: controller.signal }),
    }
    Promise.resolve(gate.acquire(ask)).catch(() => {})
  }
  return { gate, held, clock, controllers }
}

describe('a line of a hundred thousand', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('takes a few steps to join, to be served, to leave and to push somebody out, as many as a line of one', async () => {
    const { gate, held, controllers } = crowded()
    expect(gate.stats.waiting).toBe(crowd)
    const steps = countSteps()
    let most = 0
    const step = async (action: () => void): Promise<void> => {
      steps()
      action()
      most = Math.max(most, steps())
      await settled()
    }
    for (const controller of controllers.slice(0, 200)) await step(() => controller.abort())
    expect(gate.stats.waiting).toBe(crowd - 200)
    for (let i = 0; i < 200; i++)
      await step(() => void Promise.resolve(gate.acquire({ key: `late ${i}` })).catch(() => {}))
    expect(gate.stats.waiting).toBe(crowd)
    const pushOut = { max: crowd, overflow: 'drop-lowest' } as const
    gate.set({ line: pushOut })
    for (let i = 0; i < 200; i++) await step(() => void Promise.resolve(gate.acquire({ level: 0 })).catch(() => {}))
    expect(gate.stats).toMatchObject({ waiting: crowd, sheds: { evicted: 200 } })
    await step(() => held.release())
    for (let i = 2; i <= 200; i++) await step(() => gate.set({ limit: i }))
    expect(gate.stats).toMatchObject({ waiting: crowd - 200, inUse: 200 })
    expect(most).toBeLessThanOrEqual(12)
  })

  it('lets whoever gives up go in the same instant, and the rest at their time, on one timer', async () => {
    const { gate, clock, controllers } = crowded()
    expect(clock.pending).toBe(1)
    controllers.forEach((controller, i) => {
      controller.abort()
      if (gate.stats.waiting !== crowd - i - 1) throw new Error(`${gate.stats.waiting} wait after ${i + 1} left`)
    })
    await clock.advance(3_600_000)
    const left = controllers.length
    expect(gate.stats.sheds).toEqual({ aborted: left, limit: crowd - left })
    expect(gate.stats.waiting).toBe(0)
    await clock.advance(1000)
    expect(clock.pending).toBe(0)
  })
})

it('a deadline among a hundred thousand is added, taken out and found by at most log n comparisons', () => {
  const clock = new VirtualClock()
  const deadlines = new Deadlines(clock)
  let looks = 0
  const dues: Due[] = Array.from({ length: crowd }, (_, i) => {
    const dueAt = 1000 + ((i * 7919) % crowd)
    return {
      heapIndex: -1,
      expire: () => {},
      get dueAt() {
        looks++
        return dueAt
      },
    }
  })
  for (const due of dues) deadlines.add(due)
  let most = 0
  for (let i = 0; i < crowd; i += 37) {
    looks = 0
    deadlines.remove(dues[i] as Due)
    most = Math.max(most, looks)
    looks = 0
    deadlines.add(dues[i] as Due)
    most = Math.max(most, looks)
  }
  expect(most).toBeLessThanOrEqual(4 * Math.ceil(Math.log2(crowd)) + 8)
})
