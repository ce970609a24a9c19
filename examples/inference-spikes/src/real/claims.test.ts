import { expect, test } from 'vitest'
import { claimsOf } from './claims.ts'
import { HELD_AT_MOST, type DoorName } from './doors.ts'
import type { Spike } from './spike.ts'

const kind = { total: { offered: 100, failed: 0 }, phases: [] }
/** A machine that is so busy that nobody at all is answered in time. */
const spike = (door: DoorName, mostHeld: number): Spike =>
  ({
    door,
    interactive: kind,
    batch: kind,
    server: { mostHeld, mostMemory: 1, read: 1, readForNobody: 1 },
  }) as unknown as Spike
const busy = [spike('no gate', 2000), spike('four at once', 260), spike('tokens and levels', 247)]
const holdAfter = (at: number, changed: object): boolean[] =>
  claimsOf(busy.with(at, { ...busy[at], ...changed } as Spike)).map(({ holds }) => holds)

test('a machine that is too busy for anybody breaks no claim', () => {
  expect(claimsOf(busy).filter(({ holds }) => !holds)).toEqual([])
})

test('each claim is broken by figures that do not bear it out', () => {
  const { server } = busy[0] as Spike
  const total = (change: object): object => ({ batch: { ...kind, total: { ...kind.total, ...change } } })

  expect(holdAfter(1, total({ offered: 99 }))).toEqual([false, true, true, true])
  expect(holdAfter(2, total({ failed: 1 }))).toEqual([true, false, true, true])
  expect(holdAfter(1, { server: { ...server, mostHeld: HELD_AT_MOST['four at once'] + 1 } })).toEqual([
    true,
    true,
    false,
    true,
  ])
  expect(holdAfter(0, { server: { ...server, mostHeld: 260 } })).toEqual([true, true, true, false])
})
