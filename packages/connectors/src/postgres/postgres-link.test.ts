import { ForebayError, systemClock } from 'forebay'
import type { Held, LinkEvents, Settings } from 'forebay/queue'
import { expect, it } from 'vitest'
import type { PostgresConnection } from './postgres-connection.ts'
import { PostgresLink } from './postgres-link.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A link to a server that has one message after the other, and takes no settlement; `kept` is what the link says it has. */
function linkToLosing(): { link: PostgresLink; take: () => Promise<Held[]>; kept: () => Promise<unknown> } {
  let came: Held[] = []
  let seq = 0
  let kept: unknown
  const row = (): object => ({
    seq: ++seq,
    id: `m${seq}`,
    key: null,
    level: 1,
    failed: 0,
    outs: 1,
    enqueued: 1,
    expires: 0,
    bytes: 50,
    headers: null,
    history: null,
    body: Buffer.alloc(1),
  })
  const connection = {
    isAway: false,
    query: async (text: string, values: unknown[]) => {
      if (text.includes('@.take(')) return [row(), { seq: null, id: '[]', enqueued: -1 }]
      if (text.includes('@.settle(')) throw new ForebayError('FOREBAY_UNAVAILABLE', 'no such function')
      if (text.includes('@.reclaim(')) kept = values[2]
      return []
    },
  } as unknown as PostgresConnection
  const settings = { clock: systemClock, random: { next: Math.random }, leaseMs: 1000, maxAttempts: 5 }
  const others = ['dry', 'lost', 'pause', 'resume', 'room', 'dropped'].map((name) => [name, () => undefined])
  const events = { deliver: (held: Held[]) => (came = held), ...Object.fromEntries(others) } as unknown as LinkEvents
  const link = new PostgresLink({
    connection,
    queue: 1,
    client: 'c',
    settings: settings as Settings<unknown>,
    events,
    onClosed: () => undefined,
  })
  const take = async (): Promise<Held[]> => {
    link.want(1, 1)
    await turn()
    link.want(0, 1)
    return came
  }
  return { link, take, kept: async () => (await link.back(), kept) }
}

it('keeps what it was given until the server says that the lease is lost', async () => {
  const { link, take, kept } = linkToLosing()
  const held = await take()
  expect(await kept()).toEqual([1])
  expect(await link.extend(held, 1000)).toEqual([false])
  expect(await kept()).toEqual([])
})

it('keeps nothing that the server will never let it settle', async () => {
  const { link, take, kept } = linkToLosing()
  const [held] = (await take()) as [Held]
  await expect(link.settle([{ held, how: 'ack' }])).rejects.toThrow('no such function')
  expect(await kept()).toEqual([])
})
