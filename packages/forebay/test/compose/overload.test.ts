import { describe, expect, it } from 'vitest'
import { limit } from '../../src/gates/limit/limit.ts'
import type { Gate } from '../../src/kernel/gate.ts'
import type { VirtualClock } from '../../src/testkit/virtual-clock.ts'
import { capacityPerSecond, overload } from './overload-world.ts'

const rightLimit = (clock: VirtualClock): Gate => limit(24, { clock })
const times = (load: number) => [{ name: 'all', perSecond: load * capacityPerSecond }]

describe('a limit of the right size with its default line', () => {
  it('refuses almost nobody while there is no overload', async () => {
    const result = await overload({ clients: times(0.7), gate: rightLimit, seconds: 10, seed: 1 })
    expect(result.clients['all']?.ok).toBeGreaterThan(0.99)
    expect(result.mostAtOnce).toBeLessThanOrEqual(24)
  })

  it.each([2, 5])('keeps its goodput at %d times the load it can take', async (load) => {
    const result = await overload({ clients: times(load), gate: rightLimit, seconds: 5, seed: 2 })
    expect(result.goodput).toBeGreaterThanOrEqual(0.95)
    expect(result.p99Ms).toBeLessThan(170)
    expect(result.mostAtOnce).toBe(24)
  })

  it('is what does it: the same limit behind a line bounded by count alone answers almost nobody in time', async () => {
    const result = await overload({
      clients: times(2),
      gate: (clock) => limit(24, { clock, line: 1000 }),
      seconds: 10,
      seed: 2,
      tellsDeadline: false,
    })
    expect(result.goodput).toBeLessThan(0.2)
  })

  it('serves what matters most as if there were no overload, and the rest with what is left', async () => {
    const { clients, goodput } = await overload({
      clients: [
        { name: 'critical', perSecond: 600, level: 0 },
        { name: 'normal', perSecond: 1200, level: 1 },
        { name: 'batch', perSecond: 1200, level: 3 },
      ],
      gate: rightLimit,
      seconds: 5,
      seed: 3,
    })
    expect(clients['critical']?.ok).toBeGreaterThan(0.999)
    expect(clients['critical']?.p99Ms).toBeLessThan(75)
    expect(goodput).toBeGreaterThanOrEqual(0.95)
  })

  it('lets a greedy tenant take only what the modest ones leave', async () => {
    const { clients } = await overload({
      clients: [
        { name: 'greedy', perSecond: 5000 },
        { name: 'b', perSecond: 250 },
        { name: 'c', perSecond: 250 },
      ],
      gate: rightLimit,
      seconds: 5,
      seed: 4,
    })
    expect(clients['b']?.ok).toBeGreaterThan(0.97)
    expect(clients['c']?.ok).toBeGreaterThan(0.97)
    expect(clients['greedy']?.ok).toBeGreaterThan(0.06)
  })
})
