import { expect, test } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { all } from './all.ts'
import { limit } from './limit/limit.ts'
import { rate } from './rate/rate.ts'

const named = { name: 'slots', gate: 'api' }

function rig(line: { max: number; hold?: number }) {
  const clock = new VirtualClock()
  const slots = limit(2, { clock, name: named.name })
  const api = all([rate({ limit: 1000, burst: 1000, clock }), slots], { clock, name: named.gate, line })
  api.tryAcquire()
  api.tryAcquire()
  return { clock, api }
}

test('a refusal names the part that is in the way, the gate that was asked, and what was in use then', async () => {
  const { api } = rig({ max: 0 })

  await expect(api.acquire({ level: 2 })).rejects.toMatchObject({
    reason: 'limit',
    gate: 'slots',
    asked: 'api',
    level: 2,
    waitedMs: 0,
    limit: 2,
    inUse: 2,
    waiting: 0,
    message: 'slots refused work (limit); level 2, waited 0 ms, 2 of 2 in use, 0 in line; retry after 0 ms',
  })
})

test('a full line refuses in its own name, and says what it waits for', async () => {
  const { api } = rig({ max: 1 })
  let isIn = false
  void Promise.resolve(api.acquire({ level: 0 })).then(() => (isIn = true))

  await expect(api.acquire({ level: 3 })).rejects.toMatchObject({
    reason: 'line',
    gate: 'api',
    asked: 'api',
    limit: 2,
    inUse: 2,
    waiting: 1,
  })
  expect(isIn).toBe(false)
})

test('whoever has waited in vain is told for how long, and by what', async () => {
  const { clock, api } = rig({ max: 5, hold: 80 })
  const waits = expect(api.acquire()).rejects.toMatchObject({ reason: 'limit', gate: 'slots', waitedMs: 80 })
  await clock.advance(80)
  await waits
})
