import { describe, expect, it } from 'vitest'
import { adaptiveRate } from '../../gates/rate/adaptive-rate.ts'
import { limit } from '../../gates/limit/limit.ts'
import { rate } from '../../gates/rate/rate.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Gate } from '../../kernel/gate.ts'
import { Shed } from '../../kernel/shed.ts'
import { VirtualClock } from '../../testkit/virtual-clock.ts'
import { refusedBy, toHeaders } from '../signals/to-headers.ts'
import type { RateLimitVersion } from '../signals/write-quotas.ts'
import { gatedFetch } from './gated-fetch.ts'

const ALLOWED = 100
const SECONDS = 20

/** How many calls a second succeed when a client wishes for `wished`, and how many the server refuses. */
async function play(
  wished: number,
  makeGate: (clock: Clock) => Gate,
  version: RateLimitVersion = 'draft-10',
): Promise<{ ok: number; refused: number }> {
  const clock = new VirtualClock()
  const server = rate({ limit: ALLOWED, clock })
  const seen = { ok: 0, refused: 0 }
  const fetch: (url: string) => Promise<Response> = async () => {
    await new Promise<void>((resolve) => clock.after(2, resolve))
    if (server.tryAcquire() !== undefined) {
      seen.ok++
      return new Response(null, { headers: toHeaders(server, { version }) })
    }
    seen.refused++
    const shed = new Shed({ reason: 'rate', gate: 'server', retryAfterMs: server.waitMs() })
    const { status, headers } = refusedBy(shed, { gate: server, version })
    return new Response(null, { status, headers })
  }
  const call = gatedFetch({ gate: makeGate(clock), fetch, clock })
  for (let n = 0; n < wished * SECONDS; n++) {
    clock.after((n * 1000) / wished, () => void call('http://z/').catch(() => {}))
  }
  await clock.advance(SECONDS * 1000)
  return { ok: seen.ok / SECONDS, refused: seen.refused / SECONDS }
}

describe('a client that obeys what a rate says on the wire', () => {
  const clients: [string, (clock: Clock) => Gate][] = [
    ['a limit', (clock) => limit(64, { clock })],
    ['an adaptive rate', (clock) => adaptiveRate({ max: 1000, clock })],
  ]

  it.each(clients)('with %s gets all of what it wishes when that is allowed', async (_, makeGate) => {
    for (const wished of [60, 90]) expect(await play(wished, makeGate)).toEqual({ ok: wished, refused: 0 })
  })

  it.each(clients)('with %s gets most of what is allowed when it wishes for more', async (_, makeGate) => {
    const { ok, refused } = await play(150, makeGate)

    expect(ok).toBeGreaterThan(0.6 * ALLOWED)
    expect(refused).toBeLessThanOrEqual(150 - ALLOWED)
  })

  it.each(['draft-7', 'draft-6'] as const)('gets all of it where the server speaks %s', async (version) => {
    const [, [, makeGate]] = clients as [unknown, [string, (clock: Clock) => Gate]]

    expect(await play(90, makeGate, version)).toEqual({ ok: 90, refused: 0 })
  })
})
