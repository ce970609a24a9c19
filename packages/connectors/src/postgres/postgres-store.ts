import { systemClock, type Clock } from 'forebay'
import { BrokerStore, engineCaps, type Caps, type Store, type StoreReport } from 'forebay/queue'
import { parsedUrl, shownUrl } from '../shown-url.ts'
import { PostgresConnection } from './postgres-connection.ts'
import { PostgresLink } from './postgres-link.ts'
import { checkSchemaName } from './postgres-schema.ts'

/** How {@link postgresStore} uses the server. */
export interface PostgresStoreOptions {
  /** The schema that holds everything; made when it is not there. Default `forebay`. */
  schema?: string
  /** Connections for calls, 2 to 100; one more listens. Default 4. */
  connections?: number
  /** How long a statement may take before it is cancelled and tried again, ms; default 10,000. */
  statementMs?: number
  /** How long it may take to connect, ms; default 5000. */
  connectMs?: number
  clock?: Clock
}

/** What queues in PostgreSQL can do; `durability` is `os-cache` on a server that runs with `fsync = off`. */
export const postgresCaps: Caps = {
  ...engineCaps,
  durability: 'fsync',
  boundItems: 'hard',
  boundBytes: 'hard',
  overflow: ['backpressure', 'reject', 'fail', 'drop-oldest', 'drop-newest', 'drop-lowest'],
  groups: false,
  transactions: true,
  shared: true,
}

/**
 * Queues in PostgreSQL 12 or newer: each is rows of a few tables that all queues of a schema share, and every call is one
 * function there, so that bounds, order and leases hold for all clients together. Leases go by the server's clock.
 *
 * A message takes three writes: when it is put, taken and settled. Rejects with `FOREBAY_UNAVAILABLE` when the server does
 * not answer or is a standby that only reads, or when `pg`, an optional peer, is not installed.
 */
export async function postgresStore(url: string, options: PostgresStoreOptions = {}): Promise<Store> {
  parsedUrl(url, 'a URL such as postgres://user@host:port/database')
  const clock = options.clock ?? systemClock
  const random = { next: () => Math.random() }
  const links = new Map<number, PostgresLink>() // one an open queue
  const connection = await PostgresConnection.open(
    {
      url,
      schema: checkSchemaName(options.schema ?? 'forebay'),
      connections: checkRange('connections', options.connections ?? 4, 2, 100),
      statementMs: checkRange('statementMs', options.statementMs ?? 10_000, 1, 3_600_000),
      connectMs: checkRange('connectMs', options.connectMs ?? 5000, 1, 600_000),
      clock,
      random: () => random.next(),
    },
    {
      away: (error) => links.forEach((link) => link.away(error.message)),
      back: () => links.forEach((link) => void link.back()),
      wake: (queue, what) => links.get(queue)?.wake(what),
    },
  )
  const client = Math.floor(random.next() * 2 ** 52).toString(36)
  let opened = 0
  const reports: StoreReport[] = []
  const durability = await durabilityOf(connection).catch(async (error: unknown) => {
    await connection.close()
    throw error
  })
  return new BrokerStore({
    url: shownUrl(url),
    caps: { ...postgresCaps, durability },
    clock,
    random,
    reports,
    openLink: async (settings, events) => {
      const queue = await queueNumber(connection, settings.name)
      const link = new PostgresLink({
        connection,
        queue,
        client: `${client}${(opened++).toString(36)}`,
        settings,
        events,
        onClosed: () => links.delete(queue),
      })
      links.set(queue, link)
      return link
    },
    list: async () => (await connection.query<{ name: string }>('select name from @.queue')).map(({ name }) => name),
    close: () => connection.close(),
  })
}

async function queueNumber(connection: PostgresConnection, name: string): Promise<number> {
  const text = `with new as (insert into @.queue (name) select $1 where not exists (select 1 from @.queue where name = $1)
    on conflict (name) do nothing returning id)
    select id from new union all select id from @.queue where name = $1`
  for (;;) {
    // Nothing comes back when somebody else made it at this moment: then it is there the next time.
    const [row] = await connection.query<{ id: number }>(text, [name])
    if (row !== undefined) return row.id
  }
}

async function durabilityOf(connection: PostgresConnection): Promise<Caps['durability']> {
  const [row] = await connection.query<{ fsync: string }>("select current_setting('fsync') as fsync")
  return row?.fsync === 'off' ? 'os-cache' : 'fsync'
}

function checkRange(option: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new RangeError(`${option}: expected an integer from ${least} to ${most}, got ${value}`)
}
