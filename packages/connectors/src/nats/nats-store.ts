import { systemClock, type Clock } from 'forebay'
import { BrokerStore, engineCaps, type Caps, type Store, type StoreReport } from 'forebay/queue'
import { parsedUrl, shownUrl } from '../shown-url.ts'
import { NatsConnection } from './nats-connection.ts'
import { NatsLink } from './nats-link.ts'
import { natsNames, queueOfStream } from './nats-names.ts'
import { NatsStreams } from './nats-streams.ts'

/** How {@link natsStore} uses the server. */
export interface NatsStoreOptions {
  /** What the names of all streams and subjects begin with: 1 to 40 letters, digits, `_` or `-`. Default `forebay`. */
  prefix?: string
  clock?: Clock
}

/** What queues in JetStream can do. */
export const natsCaps: Caps = {
  ...engineCaps,
  // It answers before the disk has it, and syncs every two minutes.
  durability: 'os-cache',
  boundItems: 'soft',
  boundBytes: 'soft',
  overflow: ['backpressure', 'reject', 'fail', 'drop-newest'],
  levels: 1,
  dedupe: 'time',
  keys: false,
  groups: false,
  deadLetters: 'emulated',
  depth: 'approx',
  shared: true,
}

/**
 * Queues in NATS JetStream, servers 2.9 or newer: each is a stream that many clients consume together, one for its dead
 * letters and one for what became of tries. A put has resolved when the server has written it, which is before its disk
 * has: a power cut may take the last of them.
 *
 * A message that is put with a delay is looked at by whoever consumes and given back until its time, which is no attempt.
 * Only clients that have put or seen it know that it waits (the next 10,000 of them); to others it counts as ready.
 *
 * Bounds in items and bytes are kept by the server for what is not dead, and by each client with what is. Rejects with
 * `FOREBAY_UNAVAILABLE` when the server does not answer or `@nats-io/transport-node`, an optional peer, is not installed.
 */
export async function natsStore(url: string, options: NatsStoreOptions = {}): Promise<Store> {
  parsedUrl(url, 'a URL such as nats://host:port')
  const clock = options.clock ?? systemClock
  const prefix = checkPrefix(options.prefix ?? 'forebay')
  const random = { next: () => Math.random() }
  const links = new Set<NatsLink>() // one an open queue
  const connection = await NatsConnection.open(
    url,
    {
      away: (message) => links.forEach((link) => link.away(message)),
      back: () => links.forEach((link) => void link.back()),
    },
    () => random.next(),
  )
  const client = Math.floor(random.next() * 2 ** 52).toString(36)
  let opened = 0
  const reports: StoreReport[] = []
  const report = (next: StoreReport): void => {
    if (reports.push(next) > 100) reports.shift()
  }
  return new BrokerStore({
    url: shownUrl(url),
    caps: natsCaps,
    clock,
    random,
    reports,
    openLink: async (settings, events) => {
      const streams = new NatsStreams(connection, natsNames(prefix, settings.name))
      await streams.open(settings, report)
      const link: NatsLink = new NatsLink({
        connection,
        streams,
        client: `${client}${(opened++).toString(36)}`,
        settings,
        events,
        onClosed: () => links.delete(link),
      })
      links.add(link)
      return link
    },
    list: () => listQueues(connection, prefix),
    close: () => connection.close(),
  })
}

async function listQueues(connection: NatsConnection, prefix: string): Promise<string[]> {
  const queues: string[] = []
  for (let offset = 0, total = 1; offset < total;) {
    const page = await connection.api<{ total: number; streams: string[] | null }>('STREAM.NAMES', { offset })
    const names = page.streams ?? []
    queues.push(...names.flatMap((stream) => queueOfStream(prefix, stream) ?? []))
    if (names.length === 0) break
    offset += names.length
    total = page.total
  }
  return queues
}

function checkPrefix(prefix: string): string {
  if (/^[A-Za-z0-9_-]{1,40}$/.test(prefix)) return prefix
  throw new RangeError(`prefix: expected 1 to 40 letters, digits, '_' or '-', got ${JSON.stringify(prefix)}`)
}
