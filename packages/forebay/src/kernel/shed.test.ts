import { expect, test } from 'vitest'
import { Shed } from './shed.ts'

test('a shed says which part refused, why, for how long, and what was in use at that moment', () => {
  const shed = new Shed({
    reason: 'limit',
    gate: 'db.slots',
    asked: 'db',
    level: 2,
    waitedMs: 50,
    retryAfterMs: 12,
    limit: 20,
    inUse: 20,
    waiting: 7,
  })

  expect(shed.message).toBe(
    'db.slots refused work (limit); level 2, waited 50 ms, 20 of 20 in use, 7 in line; retry after 12 ms',
  )
  expect(JSON.parse(JSON.stringify(shed))).toEqual({
    code: 'FOREBAY_SHED',
    name: 'Shed',
    retryable: true,
    reason: 'limit',
    gate: 'db.slots',
    asked: 'db',
    level: 2,
    waitedMs: 50,
    retryAfterMs: 12,
    limit: 20,
    inUse: 20,
    waiting: 7,
  })
})

test('a shed of somebody who says little says no more than is known', () => {
  const shed = new Shed({ reason: 'closed', gate: 'door' })

  expect(shed.message).toBe('door refused work (closed); level 1, waited 0 ms, 0 in line; retry after 0 ms')
  expect(shed).toMatchObject({ retryable: false, level: 1, waitedMs: 0, retryAfterMs: 0 })
})
