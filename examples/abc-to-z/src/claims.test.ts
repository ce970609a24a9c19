import { load, type Transport } from '@forebay/cli/load'
import { VirtualClock } from 'forebay/testkit'
import { expect, test } from 'vitest'
import { claimsOf } from './claims.ts'
import type { Played } from './play.ts'

/** A world in which every answer has one status and takes one time. */
async function world(status: number, afterMs: number): Promise<Played> {
  const clock = new VirtualClock()
  const transport: Transport = {
    send: (_, done) => {
      const cancel = clock.after(afterMs, () => done({ status, retryAfterMs: undefined }))
      return { abort: () => (cancel(), done({ error: 'aborted' })) }
    },
    close: () => Promise.resolve(),
  }
  const phases = ['calm', 'storm', 'after'].map((name) => ({ name, for: '1s', rate: 60 }) as const)
  const run = load({ url: 'http://127.0.0.1/', tenants: { A: 1, B: 1, C: 1 }, phases }, { clock, transport })
  await clock.advance(60_000)
  const a = { told: 0, sent: 10, refusedByZ: 10, mostHeld: 21, slowestPace: 1000 }
  return { result: await run.done, a }
}

test('no claim is made by figures that do not bear it out', async () => {
  const [well, down] = [await world(200, 10), await world(503, 10)]

  expect(claimsOf(well, down).map(({ holds }) => holds)).toEqual(Array.from({ length: 8 }, () => false))
})

test('what is the same in the storm as before is not slowed down', async () => {
  const [well, down] = [await world(200, 10), await world(503, 10)]
  const claims = claimsOf(down, well)

  expect(claims.filter(({ holds }) => holds).map(({ text }) => text)).toEqual([
    'without gates, A takes B and C down with it',
    'without gates, it goes on after A has stopped: Z works for clients that have gone',
    'with gates, B and C stay at 99.5 % and more',
    'with gates, the p99 of B and C is at most 1.6 times that of calm times',
    'with gates, all is well again when A has stopped',
  ])
})
