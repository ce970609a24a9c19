import { describe, expect, it } from 'vitest'
import { admit } from '../../src/gates/admit/admit.ts'
import { gate } from '../../src/gates/gate.ts'
import type { Gate } from '../../src/kernel/gate.ts'
import { VirtualClock } from '../../src/testkit/virtual-clock.ts'

interface Asked {
  asked: number
  ok: number
  slowestMs: number
}

const WORK_MS = 10
const HANGS_FROM_MS = 1000
const HANGS_FOR_MS = 30_000

/**
 * Ten seconds in which each backend is asked a hundred times a second, ten milliseconds of work each. After the first
 * second `reviews` hangs: its calls are given up after half a second, but go on for half a minute.
 */
async function tenSeconds(gateOf: (clock: VirtualClock) => (backend: string) => Gate): Promise<Record<string, Asked>> {
  const clock = new VirtualClock()
  const gates = gateOf(clock)
  const tally: Record<string, Asked> = {}
  const work = (backend: string): Promise<void> => {
    const hangs = backend === 'reviews' && clock.now() >= HANGS_FROM_MS
    return new Promise((resolve) => clock.after(hangs ? HANGS_FOR_MS : WORK_MS, resolve))
  }
  const ask = async (backend: string, counts: Asked): Promise<void> => {
    counts.asked++
    const from = clock.now()
    try {
      await admit(gates(backend), () => work(backend), { key: backend, timeout: '500ms', clock })
      counts.ok++
      counts.slowestMs = Math.max(counts.slowestMs, clock.now() - from)
    } catch {
      // refused or given up: not ok
    }
  }
  for (const backend of ['catalogue', 'reviews']) {
    const counts: Asked = (tally[backend] = { asked: 0, ok: 0, slowestMs: 0 })
    for (let i = 0; i < 1000; i++) clock.after(i * 10, () => void ask(backend, counts))
  }
  await clock.advance(11_000)
  return tally
}

describe('bulkheads', () => {
  it('keep a part that hangs from drowning the others, as one limit for all does not', async () => {
    const together = await tenSeconds((clock) => {
      const one = gate.limit(20, { clock })
      return () => one
    })
    expect(together['catalogue']?.asked).toBe(1000)
    expect(together['catalogue']?.ok).toBeLessThan(200)

    const apart = await tenSeconds((clock) => {
      const bulkheads: Record<string, Gate> = {
        catalogue: gate.bulkhead(10, { clock }),
        reviews: gate.bulkhead(10, { clock }),
      }
      return (backend) => bulkheads[backend] as Gate
    })
    expect(apart['catalogue']).toEqual({ asked: 1000, ok: 1000, slowestMs: WORK_MS })
    expect(apart['reviews']?.ok).toBeLessThan(200)
  })

  it('may be one for each key, made when it is first seen', async () => {
    const keyed = await tenSeconds((clock) => {
      const each = gate.keyed(() => gate.bulkhead(10, { clock }), { clock })
      return () => each
    })
    expect(keyed['catalogue']).toEqual({ asked: 1000, ok: 1000, slowestMs: WORK_MS })
  })

  it('let the part that hung serve again when its work has ended', async () => {
    const clock = new VirtualClock()
    const reviews = gate.bulkhead(1, { clock, line: 0 })
    const hung = admit(reviews, () => new Promise((resolve) => clock.after(HANGS_FOR_MS, () => resolve(1))), {
      timeout: '500ms',
      clock,
    })
    const givenUp = expect(hung).rejects.toMatchObject({ code: 'FOREBAY_TIMEOUT' })
    await clock.advance(1000)
    await givenUp
    expect(reviews.stats).toMatchObject({ zombies: 1, inUse: 1 })
    await expect(admit(reviews, () => 2)).rejects.toMatchObject({ reason: 'limit' })

    await clock.advance(HANGS_FOR_MS)
    expect(reviews.stats).toMatchObject({ zombies: 0, inUse: 0 })
    await expect(admit(reviews, () => 2)).resolves.toBe(2)
  })
})
