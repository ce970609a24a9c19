import { ForebayError, systemClock } from 'forebay'
import type { Held, LinkEvents, Outgoing, Settings } from 'forebay/queue'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { PostgresConnection } from '../../src/postgres/postgres-connection.ts'
import { PostgresLink } from '../../src/postgres/postgres-link.ts'
import { until } from '../broker-faults/load.ts'

const postgres = await requireServer('postgres')
afterAll(() => postgres.stop())

interface Told {
  readonly link: PostgresLink
  readonly drops: [reason: string, ids: readonly string[]][]
  readonly messages: Held[]
}

describe.skipIf(!postgres.available)('a call to PostgreSQL whose answer is lost', () => {
  const links: PostgresLink[] = []
  let real: PostgresConnection
  /** What the calls whose answer is lost begin with. */
  let lost = ''
  let queues = 0
  beforeAll(async () => {
    const options = { url: postgres.url, schema: 'doubt', connections: 2, statementMs: 10_000, connectMs: 5000 }
    const events = { away: () => undefined, back: () => undefined, wake: () => undefined }
    real = await PostgresConnection.open({ ...options, clock: systemClock, random: Math.random }, events)
  })
  afterAll(() => real.close())
  afterEach(async () => {
    lost = ''
    for (const link of links.splice(0)) await link.close()
  })

  function open(over: Partial<Settings<unknown>>, queue = ++queues): Told {
    const drops: Told['drops'] = []
    const messages: Held[] = []
    const connection = {
      isAway: false,
      query: async (text: string, values: unknown[]) => {
        const rows = await real.query(text, values)
        if (lost === '' || !text.includes(`@.${lost}(`)) return rows
        throw new ForebayError('FOREBAY_UNAVAILABLE', 'the connection broke', { retryable: true })
      },
    } as unknown as PostgresConnection
    const settings = { clock: systemClock, random: { next: Math.random }, leaseMs: 30_000, maxAttempts: 5 }
    const bounds = { maxItems: 3, maxBytes: 1e6, overflow: 'drop-oldest', dedupe: undefined }
    const events = {
      deliver: (came: Held[]) => messages.push(...came),
      dropped: (reason: string, _: number, ids: string[]) => drops.push([reason, ids]),
      ...Object.fromEntries(['dry', 'lost', 'pause', 'resume', 'room'].map((name) => [name, () => undefined])),
    } as unknown as LinkEvents
    const link = new PostgresLink({
      connection,
      queue,
      client: `c${links.length}`,
      settings: { ...settings, ...bounds, ...over } as Settings<unknown>,
      events,
      onClosed: () => undefined,
    })
    links.push(link)
    return { link, drops, messages }
  }

  const items = (ids: string, ttlMs = Infinity): Outgoing[] =>
    Array.from(ids, (id) => ({
      id,
      key: undefined,
      group: undefined,
      level: 1,
      delayMs: 0,
      ttlMs,
      headers: undefined,
      body: new Uint8Array(1),
      bytes: 50,
      isKnown: false,
    }))

  it('tells of what was dropped for it when it is made again', async () => {
    const { link, drops } = open({})
    await link.put(items('a\\c'))
    lost = 'put'
    const put = items('de')
    await expect(link.put(put)).rejects.toThrow('the connection broke')
    lost = ''
    expect(await link.put(put)).toEqual(['stored', 'stored'])
    expect(drops).toEqual([['oldest', ['a', '\\']]])
  })

  it('tells of what was too old as well as of what went for want of room', async () => {
    const { link, drops } = open({})
    await link.put([...items('a', 1), ...items('bc')])
    await wait(20)
    lost = 'put'
    const put = items('de')
    await expect(link.put(put)).rejects.toThrow('the connection broke')
    lost = ''
    await link.put(put)
    expect(drops).toEqual([
      ['expired', ['a']],
      ['oldest', ['b']],
    ])
  })

  it('tells of what was too old also when there was no room for it', async () => {
    const { link, drops } = open({ overflow: 'reject' })
    await link.put([...items('a', 1), ...items('bc')])
    await wait(20)
    lost = 'put'
    const put = items('de')
    await expect(link.put(put)).rejects.toThrow('the connection broke')
    lost = ''
    expect(await link.put(put)).toEqual(['full', 'full'])
    expect(drops).toEqual([['expired', ['a']]])
  })

  it('tells of what a take found too old when the server is back, once', async () => {
    const { link, drops, messages } = open({})
    await link.put([...items('a', 1), ...items('b')])
    await wait(20)
    lost = 'take'
    link.want(1, 1)
    await wait(100)
    link.away('gone')
    lost = ''
    await link.back()
    expect(drops).toEqual([['expired', ['a']]])
    await until(() => messages.length === 1, 'what was leased comes again')
    await link.back()
    expect(drops).toHaveLength(1)
  })
})
