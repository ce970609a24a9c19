import { setTimeout as wait } from 'node:timers/promises'
import type { QueueOptions } from 'forebay/queue'
import { expect } from 'vitest'
import type { FaultWorld } from './fault-world.ts'
import { Load, until } from './load.ts'

const AWAY_MS = 5000

/** How a broker goes away, comes back, and what may then come again. */
export interface Outage {
  readonly away: () => unknown
  readonly back: () => unknown
  readonly duplicates: number
  readonly options?: QueueOptions<number>
}

/** The broker is gone for five seconds while four producers and a consumer work: they wait, and lose nothing. */
export async function endureOutage(world: FaultWorld, { away, back, duplicates, options }: Outage): Promise<void> {
  const queue = await (await world.store()).queue<number>(world.queueName(), options)
  const load = new Load(queue, { batch: 20, prefetch: 100 })
  const credit: string[] = []
  load.sender.onCredit(({ state, reason }) => credit.push(reason ?? state))
  load.start(4)
  await until(() => load.seen.size > 1000, 'it works before')
  await away()
  await until(() => load.sender.credit.reason === 'broker', 'credit is gone')
  expect(load.sender.credit).toMatchObject({ items: 0, bytes: 0, state: 'paused' })
  const before = load.confirmed.size
  await wait(AWAY_MS)
  expect(load.confirmed.size).toBe(before)
  expect(queue.stats().waiting).toBeLessThanOrEqual(4)
  await back()
  await until(() => load.confirmed.size > before + 1000, 'it works again', 60_000)
  await load.finish()
  expect(credit.filter((what) => what !== 'full' && what !== 'window').slice(0, 2)).toEqual(['broker', 'open'])
  expect(load.missing).toEqual([])
  expect(load.duplicates).toBeLessThanOrEqual(duplicates)
  expect(await queue.measure()).toMatchObject({ ready: 0, leased: 0, delayed: 0, dead: 0 })
}
