import { expect, it } from 'vitest'
import type { DurableEdge } from '../kernel/durable.ts'
import { Totals } from '../kernel/totals.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { EdgeShare } from './edge-share.ts'

function shared(): {
  clock: VirtualClock
  totals: Totals
  share: EdgeShare
  told: { held: number | Error; isExact: boolean; own: number; emptied: number }
} {
  const clock = new VirtualClock()
  const totals = new Totals(true)
  const told = { held: 0 as number | Error, isExact: true, own: 0, emptied: 0 }
  const held: DurableEdge['held'] = () =>
    told.held instanceof Error
      ? Promise.reject(told.held)
      : Promise.resolve({ items: told.held, isExact: told.isExact })
  const known = {
    get length(): number {
      return told.own + share.net
    },
  }
  const share = EdgeShare.of({ held } as DurableEdge, { clock, totals }, known, () => told.emptied++) as EdgeShare
  return { clock, totals, share, told }
}

it('is nothing where nobody shares the edge', () => {
  const env = { clock: new VirtualClock(), totals: new Totals(true) }
  expect(EdgeShare.of({} as DurableEdge, env, { length: 0 }, () => undefined)).toBeUndefined()
})

it('counts what others put and what they take, and keeps the account of the run', async () => {
  const { clock, totals, share, told } = shared()
  told.own = 10
  told.held = 25
  share.check()
  await clock.advance(0)
  expect(share).toMatchObject({ put: 15, taken: 0, net: 15 })
  expect(totals.carriedIn).toBe(15)
  told.held = 5
  await clock.advance(1000)
  expect(share).toMatchObject({ put: 15, taken: 20, net: -5 })
  expect(totals.carriedIn).toBe(-5)
  expect(told.emptied).toBe(0)
  told.held = 0
  await clock.advance(1000)
  expect(told.emptied).toBe(1)
})

it('believes a store that does not count exactly when it says for a second that nothing is left', async () => {
  const { clock, share, told } = shared()
  told.isExact = false
  share.check()
  await clock.advance(500)
  share.check() // somebody asks in between
  await clock.advance(400)
  expect(told.emptied).toBe(0)
  told.held = 3
  await clock.advance(1000)
  told.held = 0
  await clock.advance(1500)
  expect(told.emptied).toBe(0)
  await clock.advance(1000)
  expect(told.emptied).toBe(1)
})

it('does not take two answers around an outage for a second of them', async () => {
  const { clock, share, told } = shared()
  told.isExact = false
  share.check()
  await clock.advance(500)
  told.held = new Error('away')
  await clock.advance(3000)
  told.held = 0
  await clock.advance(1000)
  expect(told.emptied).toBe(0)
  await clock.advance(1000)
  expect(told.emptied).toBe(1)
})

it('asks again when the store did not answer, and no more once it is closed', async () => {
  const { clock, share, told } = shared()
  told.own = 1
  told.held = new Error('away')
  share.check()
  await clock.advance(3000)
  expect(share.net).toBe(0)
  told.held = 4
  await clock.advance(1000)
  expect(share.net).toBe(3)
  share.close()
  told.held = 100
  await clock.advance(5000)
  share.check()
  await clock.advance(5000)
  expect(share.net).toBe(3)
})
