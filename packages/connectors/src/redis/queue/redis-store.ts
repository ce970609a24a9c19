import { ForebayError, systemClock, type Clock } from 'forebay'
import { BrokerStore, engineCaps, type Caps, type Store, type StoreReport } from 'forebay/queue'
import { parsedUrl, shownUrl } from '../../shown-url.ts'
import { RedisConnection } from './redis-connection.ts'
import { RedisLink } from './redis-link.ts'

export interface RedisStoreOptions {
  clock?: Clock
}

/** What queues in Redis can do; `durability` is as its configuration says. */
export const redisCaps: Caps = { ...engineCaps, durability: 'fsync', shared: true }

/** Reports that are kept. */
const REPORTS = 100
const INDEX = 'forebay:queues'

/**
 * Queues in Redis 7 or newer: each is one stream and the indexes of it, under keys that begin with `forebay:queue:{name}:`
 * and every call is one script, so that bounds, order and leases hold for all clients together. A put is as durable as
 * the server's `appendfsync`: `caps.durability` is `fsync` for `always`, `os-cache` for `everysec` and `no`, `memory`
 * without append-only file. Consumers go on when the server is out of memory; puts wait, reason `disk`.
 *
 * Throws `FOREBAY_UNAVAILABLE` when it does not answer or `ioredis`, an optional peer, is not installed, and
 * `FOREBAY_UNSUPPORTED` when its `maxmemory-policy` may evict keys: messages would vanish uncounted.
 */
export async function redisStore(url: string, options: RedisStoreOptions = {}): Promise<Store> {
  parsedUrl(url, 'a URL such as redis://host:port/db')
  const clock = options.clock ?? systemClock
  const random = { next: () => Math.random() }
  const links = new Map<string, RedisLink>() // one an open queue
  const connection = await RedisConnection.open(
    url,
    {
      away: (error) => links.forEach((link) => link.away(`redis is away: ${messageOf(error)}`)),
      back: () => links.forEach((link) => void link.back()),
      wake: (prefix, what) => links.get(prefix)?.wake(what),
    },
    () => random.next(),
  )
  const shown = shownUrl(url)
  const reports: StoreReport[] = []
  const durability = await check(connection, shown, reports).catch((error: unknown) => {
    connection.close()
    throw error
  })
  const client = Math.floor(random.next() * 2 ** 52).toString(36)
  let opened = 0
  return new BrokerStore({
    url: shown,
    caps: { ...redisCaps, durability },
    clock,
    random,
    reports,
    openLink: async (settings, events) => {
      const { name } = settings
      await connection.command('SADD', INDEX, name)
      const prefix = `forebay:queue:{${name}}:`
      const link = new RedisLink({
        connection,
        prefix,
        client: `${client}${(opened++).toString(36)}`,
        settings,
        events,
        report: (report) => void (reports.push(report) > REPORTS && reports.shift()),
        onClosed: () => links.delete(prefix),
      })
      links.set(prefix, link)
      await connection.listen(prefix)
      return link
    },
    list: async () => (await connection.command('SMEMBERS', INDEX)) as string[],
    close: () => Promise.resolve(connection.close()),
  })
}

/** What the server promises; refuses one that may throw messages away by itself. */
async function check(connection: RedisConnection, url: string, reports: StoreReport[]): Promise<Caps['durability']> {
  const setting = async (name: string): Promise<string> => {
    const [, value] = (await connection.command('CONFIG', 'GET', name)) as string[]
    return value ?? ''
  }
  try {
    const [policy, fsync, isAppending] = await Promise.all(
      ['maxmemory-policy', 'appendfsync', 'appendonly'].map((name) => setting(name)),
    )
    if (policy?.startsWith('allkeys-') === true)
      throw new ForebayError(
        'FOREBAY_UNSUPPORTED',
        `${url}: maxmemory-policy ${policy} may evict messages; set noeviction`,
      )
    if (isAppending !== 'yes') return 'memory'
    return fsync === 'always' ? 'fsync' : 'os-cache'
  } catch (error) {
    if (error instanceof ForebayError && error.code === 'FOREBAY_UNSUPPORTED') throw error
    const message = `${url} does not tell its configuration, so nothing is promised: ${String(error)}`
    reports.push({ kind: 'unknown-durability', message })
    return 'memory'
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'the connection broke'
}
