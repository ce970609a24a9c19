import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { lastGood } from '../../src/gates/admit/fallback.ts'
import { keyed } from '../../src/gates/keyed.ts'
import { limit } from '../../src/gates/limit/limit.ts'
import { rate } from '../../src/gates/rate/rate.ts'
import type { Permit } from '../../src/kernel/gate.ts'
import { VirtualClock } from '../../src/testkit/virtual-clock.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes that 100,000 rounds leave behind, after 5,000 to warm up. */
async function growth(round: (i: number) => void | Promise<void>): Promise<number> {
  for (let i = 0; i < 5_000; i++) await round(i)
  collect()
  const before = process.memoryUsage().heapUsed
  for (let i = 5_000; i < 105_000; i++) await round(i)
  collect()
  return process.memoryUsage().heapUsed - before
}

/** A strange key for every round leaks at least 10 MB if it leaves 100 bytes. */
const bound = 4_000_000

describe('memory does not grow with the number of keys that strangers choose', () => {
  it('in a line', async () => {
    const gate = limit(1, { clock: new VirtualClock() })
    let held = gate.tryAcquire() as Permit
    const grown = await growth(async (i) => {
      const waiting = gate.acquire({ key: `stranger ${i}` })
      held.release()
      held = await waiting
    })
    expect(grown).toBeLessThan(bound)
  })

  it('in a keyed gate', async () => {
    const clock = new VirtualClock()
    const gate = keyed(() => rate({ limit: 1, clock }), { max: 500, idle: 100, clock })
    const grown = await growth((i) => {
      gate.tryAcquire({ key: `stranger ${i}` })
      clock.advanceSync(1)
    })
    expect(gate.stats.admitted).toBeGreaterThan(100_000)
    expect(grown).toBeLessThan(bound)
  })

  it('in the last good results', async () => {
    const fallback = lastGood<string>({ max: 500, clock: new VirtualClock() })
    const grown = await growth((i) => fallback.put(`stranger ${i}`, `result ${i}`))
    expect(grown).toBeLessThan(bound)
  })
})
