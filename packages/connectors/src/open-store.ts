import { memoryStore, type Store } from 'forebay/queue'
import { diskStore, type DiskStoreOptions } from './disk/disk-store.ts'
import { shownUrl } from './shown-url.ts'

/** A place for queues, by URL: `memory:` for this process alone, `disk:./folder` for a folder, the rest for a broker. */
export type StoreUrl =
  | 'memory:'
  | `disk:${string}`
  | `redis://${string}`
  | `rediss://${string}`
  | `amqp://${string}`
  | `amqps://${string}`
  | `nats://${string}`
  | `postgres://${string}`
  | `postgresql://${string}`
  | `kafka://${string}`
  | `kafkas://${string}`

/**
 * Opens the store that a URL names. Throws `RangeError` for a URL that names none.
 *
 * - `memory:` ends with the process.
 * - `disk:./data` keeps everything in that folder, on LMDB (the package `lmdb`, an optional peer): fsync before a put
 *   or an ack resolves. `FOREBAY_UNAVAILABLE` when another process serves the folder.
 * - `redis://host:port/db` keeps everything there, shared by all processes that open it (`ioredis`, an optional peer).
 * - `amqp://user:password@host:port/vhost` is RabbitMQ (the package `rabbitmq-client`, an optional peer).
 * - `nats://host:port` keeps everything in JetStream there (`@nats-io/transport-node`, an optional peer).
 * - `postgres://user:password@host:port/database` keeps everything in the schema `forebay` there (`pg`, an optional peer).
 * - `kafka://host:port,host:port/?partitions=8` is Apache Kafka (`@platformatic/kafka`, an optional peer);
 *   `kafkas://user:password@host:port/?sasl=plain&ca=ca.pem` is that with TLS and SASL.
 */
export async function openStore(url: StoreUrl, options: DiskStoreOptions = {}): Promise<Store> {
  if (url === 'memory:') return memoryStore(options.clock === undefined ? {} : { clock: options.clock })
  if (typeof url === 'string' && url.startsWith('disk:')) return diskStore(url.slice('disk:'.length), options)
  if (typeof url === 'string' && /^rediss?:\/\//.test(url)) {
    const { redisStore } = await import('./redis/index.ts')
    return redisStore(url, options)
  }
  if (typeof url === 'string' && /^amqps?:\/\//.test(url)) {
    const { rabbitStore } = await import('./rabbitmq/index.ts')
    return rabbitStore(url, options.clock === undefined ? {} : { clock: options.clock })
  }
  if (typeof url === 'string' && /^postgres(ql)?:\/\//.test(url)) {
    const { postgresStore } = await import('./postgres/index.ts')
    return postgresStore(url, options.clock === undefined ? {} : { clock: options.clock })
  }
  if (typeof url === 'string' && url.startsWith('nats://')) {
    const { natsStore } = await import('./nats/index.ts')
    return natsStore(url, options.clock === undefined ? {} : { clock: options.clock })
  }
  if (typeof url === 'string' && /^kafkas?:\/\//.test(url)) {
    const { kafkaStore } = await import('./kafka/index.ts')
    return kafkaStore(url, options.clock === undefined ? {} : { clock: options.clock })
  }
  const known = [
    'memory:',
    'disk:./folder',
    'redis://host:port',
    'amqp://host:port',
    'nats://host:port',
    'postgres://host:port/database',
    'kafka://host:port',
  ]
  throw new RangeError(`url: expected one of ${known.join(', ')}, got '${shownUrl(String(url))}'`)
}
