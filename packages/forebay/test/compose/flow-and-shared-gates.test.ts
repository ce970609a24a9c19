import { describe, expect, it } from 'vitest'
import { flow } from '../../src/flow/sources.ts'
import { sharedLimit } from '../../src/gates/limit/shared/shared-limit.ts'
import type { SlotStore } from '../../src/gates/limit/shared/slot-store.ts'
import { Gcra } from '../../src/gates/rate/gcra.ts'
import type { RateStore } from '../../src/gates/rate/shared/rate-store.ts'
import { sharedRate } from '../../src/gates/rate/shared/shared-rate.ts'
import { VirtualClock } from '../../src/testkit/virtual-clock.ts'

/** A store that answers a millisecond later: a hundred permits a second, one at a time. */
function rateStore(clock: VirtualClock): RateStore {
  const gcra = new Gcra({ limit: 100, per: 1000, burst: 1 })
  return {
    take: (asks) =>
      new Promise((resolve) => {
        clock.after(1, () => {
          resolve(
            asks.map(({ least }) => {
              const now = clock.now()
              const waitMs = least === 0 ? 0 : gcra.waitMs(least, now, 0)
              const granted = waitMs > 0 ? 0 : least
              gcra.take(granted, now)
              return { granted, waitMs, mark: 0, at: now }
            }),
          )
        })
      }),
  }
}

/** A store with three slots, for one process. */
function slotStore(clock: VirtualClock): SlotStore {
  return {
    hold: ({ held, most, limit }) =>
      new Promise((resolve) => {
        clock.after(1, () => resolve({ granted: Math.max(0, Math.min(most, limit - held)) }))
      }),
  }
}

describe('a flow behind gates of several processes', () => {
  it('is spaced by a shared rate, with every item in order', async () => {
    const clock = new VirtualClock()
    const gate = sharedRate({ limit: 100, burst: 1, store: rateStore(clock), clock })
    const arrived: { n: number; at: number }[] = []
    const run = flow
      .range(1, 20)
      .through(gate)
      .to((n) => void arrived.push({ n, at: clock.now() }))
      .run({ clock })

    await clock.advance(1000)
    await run.done

    expect(arrived.map(({ n }) => n)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    for (const [i, { at }] of arrived.entries()) {
      if (i > 0) expect(at - (arrived[i - 1] as { at: number }).at).toBeGreaterThanOrEqual(9)
    }
    expect(arrived.at(-1)?.at).toBeLessThan(260)
    expect(clock.pending).toBe(0)
  })

  it('runs no more work at once than a shared limit has slots, and gives them back', async () => {
    const clock = new VirtualClock()
    const gate = sharedLimit(3, { store: slotStore(clock), clock })
    let running = 0
    let most = 0
    const run = flow
      .range(1, 30)
      .mapAsync(
        async (n) => {
          most = Math.max(most, ++running)
          await new Promise<void>((resolve) => void clock.after(10, resolve))
          running--
          return n
        },
        { concurrency: 10, gate },
      )
      .to(() => {})
      .run({ clock })

    await clock.advance(1000)
    await run.done

    expect(most).toBe(3)
    expect(gate.stats).toMatchObject({ admitted: 30, inUse: 0 })
    expect(gate.shared.leased).toBe(0)
    expect(clock.pending).toBe(0)
  })
})
