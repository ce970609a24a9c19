import { expect } from 'vitest'
import type { FaultWorld } from './fault-world.ts'
import { until } from './load.ts'

/** Two stores have one queue: none gets what the other has, and who waits for room is told by who made it. */
export async function shareQueue(world: FaultWorld): Promise<void> {
  const name = world.queueName()
  const open = async () => (await world.store()).queue<number>(name, { maxItems: 10 })
  const [qa, qb] = [await open(), await open()]
  await qa.sender().put(Array.from({ length: 10 }, (_, body) => ({ body })))
  const waits = qb.sender().put([{ body: 10 }])
  await until(() => qb.sender().credit.reason === 'full', 'the other store hears that it is full')
  const [ra, rb] = [qa.receiver(), qb.receiver()]
  const both = [await ra.batch(5, 1000), await rb.batch(5, 1000)]
  expect(new Set(both.flat().map((delivery) => delivery.body)).size).toBe(10)
  await ra.ackAll(both[0] ?? [])
  await waits
  await rb.ackAll(both[1] ?? [])
  expect(await qa.measure()).toMatchObject({ ready: 1, leased: 0 })
  expect((await qb.receiver().next())?.body).toBe(10)
}
