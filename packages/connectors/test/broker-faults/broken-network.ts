import type { QueueOptions } from 'forebay/queue'
import { expect } from 'vitest'
import type { FaultWorld } from './fault-world.ts'
import { Load, until } from './load.ts'

/** The network to the broker breaks twice under load, and comes back when that was noticed: nothing is missing. */
export async function endureNetwork(
  world: FaultWorld,
  how: 'cut' | 'silence',
  { duplicates = 2 * (50 + 50 + 10), options }: { duplicates?: number; options?: QueueOptions<number> } = {},
): Promise<void> {
  const proxy = await world.proxy()
  const queue = await (await world.store(proxy.url)).queue<number>(world.queueName(), options)
  const load = new Load(queue, { batch: 10, prefetch: 50 })
  load.start(1)
  for (let round = 1; round <= 2; round++) {
    const enough = load.confirmed.size + 300
    await until(() => load.confirmed.size > enough, 'it works')
    proxy[how]()
    await until(() => load.sender.credit.reason === 'broker', 'credit is gone')
    proxy.restore()
    await until(() => load.sender.credit.state === 'open', 'credit is back')
  }
  await load.finish()
  expect(load.missing).toEqual([])
  expect(load.duplicates).toBeLessThanOrEqual(duplicates)
  if (duplicates > 0) return
  const all = load.confirmed.size
  expect(await queue.measure()).toMatchObject({ ready: 0, leased: 0, stored: all, acked: all })
}
