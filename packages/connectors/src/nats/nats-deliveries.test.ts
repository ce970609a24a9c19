import type { Settings } from 'forebay/queue'
import { VirtualClock } from 'forebay/testkit'
import { expect, it } from 'vitest'
import type { Msg, NatsConnection } from './nats-connection.ts'
import { NatsDeliveries } from './nats-deliveries.ts'
import { NatsFailure } from './nats-failure.ts'
import type { Fate, NatsFates } from './nats-fates.ts'
import type { NatsLeases } from './nats-lease.ts'

const LEASE_MS = 30_000

/** A message that is due 60 s after it was put, and a server that notes nothing while it is full. */
function delayed(): {
  clock: VirtualClock
  server: { full: NatsFailure | undefined; fate: Fate | undefined; sent: string[] }
  came: (count: number) => ReturnType<NatsDeliveries['made']>
} {
  const clock = new VirtualClock()
  const at = clock.wall()
  const server = {
    full: undefined as NatsFailure | undefined,
    fate: undefined as Fate | undefined,
    sent: [] as string[],
  }
  const fates = {
    write: async (_: number, fate: Fate) => {
      if (server.full !== undefined) throw server.full
      server.fate = fate
    },
    read: () => Promise.resolve(server.fate),
  }
  const deliveries = new NatsDeliveries({
    connection: { publish: (_: string, word: string) => server.sent.push(word) } as unknown as NatsConnection,
    settings: { clock, leaseMs: LEASE_MS } as unknown as Settings<unknown>,
    fates: fates as unknown as NatsFates,
    leases: { add: () => undefined } as unknown as NatsLeases,
    ackWaitMs: LEASE_MS + 1000,
  })
  const came = (count: number): ReturnType<NatsDeliveries['made']> => {
    const reply = `$JS.ACK.s.c.${count}.7.${count}.${at}000000.0`
    const headers = { get: () => JSON.stringify({ i: 'm', b: 1, d: 60_000 }) }
    return deliveries.made([{ reply, headers, data: new Uint8Array(1) } as unknown as Msg])
  }
  return { clock, server, came }
}

const full = (retryable: boolean): NatsFailure => new NatsFailure('disk', 'no space', { retryable })

it('gives back what is not due yet when it could note that, and delivers it as new', async () => {
  const { clock, server, came } = delayed()
  server.full = full(true)
  expect(await came(1)).toMatchObject({ messages: [], later: [[7, 60_000]] })
  await clock.advance(1000)
  expect(server.sent).toEqual([])
  server.full = undefined
  await clock.advance(250)
  expect(server.sent).toEqual([`-NAK {"delay":${(60_000 - 1250) * 1e6}}`])
  await clock.advance(60_000)
  const { messages } = await came(2)
  expect(messages).toMatchObject([{ redelivered: false, stored: { failed: 0 } }])
})

it('does not count an offer that nobody could note and that came again too early', async () => {
  const { clock, server, came } = delayed()
  server.full = full(true)
  await came(1)
  await clock.advance(LEASE_MS + 1000)
  expect(server.sent).toEqual([])
  server.full = undefined
  await clock.advance(5000)
  expect(server.fate).toBeUndefined() // it is the server's again
  await came(2)
  expect(server.fate).toMatchObject({ count: 2, failed: 0, isUnseen: true })
  await clock.advance(60_000)
  const { messages } = await came(3)
  expect(messages).toMatchObject([{ redelivered: false, stored: { failed: 0 } }])
})

it('counts a delivery that was cut off when it was due', async () => {
  const { clock, came } = delayed()
  await came(1)
  await clock.advance(60_000)
  await came(2)
  const { messages } = await came(3)
  expect(messages).toMatchObject([{ redelivered: true, stored: { failed: 1 } }])
})

it('asks no more when it is not allowed to note', async () => {
  const { clock, server, came } = delayed()
  server.full = full(false)
  await came(1)
  server.full = undefined
  await clock.advance(5000)
  expect(server).toMatchObject({ fate: undefined, sent: [] })
})
