import { expect } from 'vitest'
import type { FaultWorld } from './fault-world.ts'
import { killProcesses, OUT, type Killing } from './killed-processes.ts'

/** Producers and consumers are killed, again and again: nothing may be missing, nor come again after its ack. */
export async function endureKills(world: FaultWorld, killing: Killing): Promise<void> {
  const { confirmed, acked, lost, resurrected, again, dead } = await killProcesses(world, killing)
  expect(confirmed).toBeGreaterThan(10 * killing.rounds)
  expect(acked).toBeGreaterThan(killing.rounds)
  expect(lost).toEqual([])
  expect(resurrected).toEqual([])
  expect(again).toBeLessThanOrEqual(killing.rounds * OUT)
  expect(dead).toBe(0)
}
