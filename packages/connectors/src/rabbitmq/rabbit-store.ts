import { systemClock, type Clock } from 'forebay'
import { BrokerStore, type BrokerPlace, type Caps, type Store, type StoreReport } from 'forebay/queue'
import { parsedUrl, shownUrl } from '../shown-url.ts'
import { MessageLimit } from './message-limit.ts'
import { QueueNames } from './queue-names.ts'
import { QueueDirectory } from './queue-directory.ts'
import { messageOf, RabbitConnection, type Connections } from './rabbit-connection.ts'
import { RabbitLink } from './rabbit-link.ts'

/** How {@link rabbitStore} uses the broker. */
export interface RabbitStoreOptions {
  /** What the names of all queues on the broker begin with, up to a colon; default `'forebay'`. */
  readonly prefix?: string
  /** How long the first connection may take; default 5000 ms. */
  readonly connectTimeoutMs?: number
  /**
   * How long nothing is stored in a queue that was just made, default 2000 ms. RabbitMQ loses what it has confirmed when
   * it is killed within the first second.
   */
  readonly settleMs?: number
  readonly clock?: Clock
}

/**
 * What `amqp:` stores can do. Bounds are soft: the broker counts what is ready and refuses what comes when that is
 * reached, a little late; the client counts everything it knows of and waits before. Keys, groups and levels would need
 * a queue each.
 */
export const rabbitCaps: Caps = {
  durability: 'fsync',
  boundItems: 'soft',
  boundBytes: 'soft',
  overflow: ['backpressure', 'reject', 'fail', 'drop-newest'],
  ack: 'message',
  extend: true,
  delay: true,
  nackDelay: true,
  levels: 1,
  attempts: 'durable',
  dedupe: 'none',
  order: 'queue',
  keys: false,
  groups: false,
  ttl: true,
  deadLetters: 'emulated',
  depth: 'approx',
  shared: true,
}

/**
 * Queues on RabbitMQ (3.10 or newer), as quorum queues. A put resolves with the broker's confirm: it is on the disks of
 * a majority then. At-least-once: a put, retry or dead letter whose confirm was lost is sent again.
 *
 * - The broker knows no leases; those of this client end by its own clock. It takes back by itself what is out for
 *   longer than its `consumer_timeout` (30 minutes by default), so raise that for leases that are longer.
 * - An ack resolves when the broker has read it. What it then loses in a crash is delivered once more. One that it may
 *   not have read when its connection breaks rejects with `FOREBAY_LEASE_LOST`: the message comes again if it has not.
 * - What is delayed or tried again waits in queues with a TTL, one a step: 10, 20, 50, 100 ms … 28 hours. It comes at
 *   most a quarter (or 10 ms) late.
 * - The broker tells how many messages are ready, but neither their bytes nor their age nor what others have out: for
 *   these stands what this client has put and seen itself.
 * - A look at ready or dead messages takes them for a moment and gives them back, behind others that came back.
 * - A receiver is sent messages ahead, its `prefetch` at most; what it does not want for 5 s goes back to the broker, in
 *   any order among themselves when they are more than 32.
 * - A broker that owes an answer for 15 s is given up and asked anew, on other channels.
 * - A put into a queue that was just made takes 2 s (`settleMs`), and so does the first that waits on a step: RabbitMQ
 *   loses a queue, with what it has confirmed, when it is killed within a second of making it. Other clients that open
 *   the queue in that time see by a queue that lives as long, `forebay:name:fresh`, that it is new, and wait as well.
 *   A retry does not wait: until its step may be used it is in the queue itself, and whoever gets it keeps it until it
 *   is due.
 * - The protocol lists no queues: their names are kept in a queue of their own, `forebay::names`. One whose name could
 *   not be noted, as while the broker takes no puts, is a report, and is noted when it is opened next.
 * - A put that finds less room than it needs may be stored in part; so may the first one with a body over the broker's
 *   `max_message_size`, which nobody knows until it is refused (`FOREBAY_TOO_LARGE`).
 *
 * `rabbitmq-client` is an optional peer dependency. Throws `FOREBAY_UNAVAILABLE` when the broker cannot be reached in
 * time.
 */
export async function rabbitStore(url: string, options: RabbitStoreOptions = {}): Promise<Store> {
  const { prefix = 'forebay', connectTimeoutMs = 5000, settleMs = 2000, clock = systemClock } = options
  if (!/^[\w.-]{1,50}$/.test(prefix))
    throw new RangeError(`prefix: expected 1 to 50 letters, digits, '.', '_' or '-', got '${prefix}'`)
  if (!(connectTimeoutMs >= 1)) throw new RangeError(`connectTimeoutMs: expected at least 1, got ${connectTimeoutMs}`)
  if (!(settleMs >= 0)) throw new RangeError(`settleMs: expected at least 0, got ${settleMs}`)
  checkUrl(url)
  const out = await RabbitConnection.open(url, 'puts', connectTimeoutMs)
  try {
    const limit = new MessageLimit()
    out.listen({ up: () => limit.forget(), down: () => {}, blocked: () => {} })
    const connections = { out, in: await RabbitConnection.open(url, 'deliveries', connectTimeoutMs), limit }
    return new BrokerStore(place(shownUrl(url), { prefix, settleMs, connections, clock }))
  } catch (error) {
    await out.close()
    throw error
  }
}

/** They go over one channel, in order; a confirm takes a few milliseconds, in which the next can be on their way. */
const PUT_CALLS = 4
/** The same of acks: until they are written the broker sends nothing in the place of what was acknowledged. */
const SETTLE_CALLS = 4

function place(
  url: string,
  options: { prefix: string; settleMs: number; connections: Connections; clock: Clock },
): BrokerPlace {
  const { prefix, settleMs, connections, clock } = options
  const reports: StoreReport[] = []
  const report = (next: StoreReport): void => {
    if (reports.push(next) > 100) reports.shift()
  }
  const directory = new QueueDirectory(prefix, connections)
  return {
    url,
    caps: rabbitCaps,
    clock,
    random: { next: () => Math.random() },
    reports,
    putCalls: PUT_CALLS,
    settleCalls: SETTLE_CALLS,
    async openLink(settings, events) {
      const link = await RabbitLink.open({
        names: new QueueNames(prefix, settings.name),
        settings,
        events,
        connections,
        settleMs,
        report,
      })
      await directory.add(settings.name).catch((error: unknown) => {
        report({
          kind: 'unlisted',
          message: `queue ${settings.name} is not in the list of queues: ${messageOf(error)}`,
        })
      })
      return link
    },
    list: () => directory.list(),
    async close() {
      await Promise.all([connections.out.close(), connections.in.close()])
    },
  }
}

/** Before the driver reads it: what that throws shows the password. */
function checkUrl(url: string): void {
  const { username, password, pathname } = parsedUrl(url, 'amqp://user:password@host:port/vhost')
  try {
    for (const part of [username, password, pathname]) decodeURIComponent(part)
  } catch {
    throw new RangeError(`url: expected every % to be followed by two digits, got '${shownUrl(url)}'`)
  }
}
