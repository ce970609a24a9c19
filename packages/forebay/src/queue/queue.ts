import type { Bytes } from '../kernel/bytes.ts'
import type { Duration } from '../kernel/duration.ts'
import type { Level } from '../kernel/gate.ts'
import type { Overflow } from '../kernel/overflow.ts'
import type { Caps } from './caps.ts'
import type { Codec } from './codec.ts'
import type { FailedAttempt } from './delivery.ts'
import type { QueueStats } from './queue-stats.ts'
import type { Receiver, ReceiverOptions } from './receiver.ts'
import type { Sender } from './sender.ts'

/** What a queue holds, for how long, and what happens at its bounds. */
export interface QueueOptions<T> {
  /** Messages it may hold, everything retained included: ready, leased, delayed and dead; default 1,000,000. */
  maxItems?: number
  /** Stored bytes it may hold, everything retained included; default `'1GiB'`. */
  maxBytes?: Bytes
  /** The largest single message, stored; a larger one is refused with `FOREBAY_TOO_LARGE`. Default `'8MiB'`, at most `maxBytes`. */
  maxItemBytes?: Bytes
  /** What a put does that does not fit; default `backpressure`. */
  overflow?: Overflow
  /** Puts and acquires that may wait for room at once; the next is refused with `Shed`, reason `line`. Default 10,000. */
  maxWaiting?: number
  /** Fraction of the bounds below which a paused sender is told to go on; default 0.8. */
  resumeAt?: number
  /** How long a delivery may be worked on before it is given to somebody else; default `'30s'`. */
  lease?: Duration
  /**
   * Failed attempts after which a message becomes a dead letter; default 5. Ends of the process count for messages
   * that may have caused them, but for the last attempt: that is used up only by a message that was out alone.
   */
  maxAttempts?: number
  /** Wait before a message is tried again, given the number of attempts that failed; default 200 ms doubling up to 60 s, ±20 %. */
  backoff?: (failedAttempts: number) => number
  /**
   * How long after its put a message expires; default never. It is dropped, reason `expired`, when it would be handed out
   * after that, tried before or not. What is out by then may be worked on to its end; dead letters do not expire.
   */
  ttl?: Duration
  /** How long an `id` is remembered, and how many are: the oldest go first. Default `{ within: '5m', max: 100_000 }`; `false` remembers none. */
  dedupe?: { within?: Duration; max?: number } | false
  /**
   * So many clients can take from it at once, 1 to 1000: the parts in which it is made where the store splits queues
   * (`caps.partitions`: Kafka), by default as the store was opened. A queue that is there keeps those it has. A hint: where
   * queues have no parts it changes nothing, since any number of clients can take.
   */
  partitions?: number
  /** How bodies become bytes; default {@link jsonCodec}. */
  codec?: Codec<T>
}

/** One message on its way in. */
export interface PutItem<T> {
  body: T
  /** Identity: within the dedupe window a second put of the same id stores nothing. Default a number of the queue's own. */
  id?: string
  /** Messages of one key are delivered one at a time and in the order of their puts (within one level and group). */
  key?: string
  /** Whose message this is: groups take turns, message by message, so that a flood of one does not hold up the others. There are 63 turns a level; groups share them by hash. */
  group?: string
  /** Criticality, 0 is delivered first; default 1. */
  level?: Level
  /** Not to be delivered before this much time has passed. */
  delay?: Duration
  /** Instead of the queue's. */
  ttl?: Duration
  headers?: Readonly<Record<string, string>>
}

/** What became of one item. `duplicate`: its id is stored already; `dropped`: the overflow policy let it go, and it is counted. */
export interface PutResult {
  readonly id: string
  readonly status: 'stored' | 'duplicate' | 'dropped'
}

export type MessageState = 'ready' | 'leased' | 'delayed' | 'dead'

/** A look at a stored message; it stays where it is. */
export interface PeekedMessage<T> {
  readonly id: string
  /** `undefined` when its bytes do not decode. */
  readonly body: T | undefined
  readonly key?: string
  readonly group?: string
  readonly level: Level
  /** Attempts that failed. */
  readonly attempts: number
  /** Unix epoch, ms. */
  readonly enqueuedAt: number
  readonly bytes: number
  readonly headers: Readonly<Record<string, string>>
  /** The failed attempts, oldest first, the last 8 at most; the last entry of a dead letter is why it died. */
  readonly history: readonly FailedAttempt[]
}

/** How dead letters go back: all that `filter` accepts, at most `max`, at most `rate` a second. */
export interface RedriveOptions<T> {
  max?: number
  /** Messages a second; default 100. */
  rate?: number
  filter?: (message: PeekedMessage<T>) => boolean
  signal?: AbortSignal
}

/**
 * A bounded buffer between programs that outlives them as far as its store promises ({@link Caps}).
 * The order of messages is that of their puts within one level and group; a message that is retried
 * comes as soon as its wait is over.
 */
export interface Queue<T> {
  readonly name: string
  readonly caps: Caps
  /** The bounds it was opened with. */
  readonly maxItems: number
  readonly maxBytes: number
  sender(): Sender<T>
  receiver(options?: ReceiverOptions): Receiver<T>
  /** Counters and gauges, kept in memory: reading them is cheap and synchronous. */
  stats(): QueueStats
  /** The same after asking the store, for what other clients of a broker may have done. An embedded store answers at once. */
  measure(): Promise<QueueStats>
  /** Up to `max` messages of a state (default `ready`, at most 1000), oldest first as far as the store knows. */
  peek(max: number, state?: MessageState): Promise<PeekedMessage<T>[]>
  /** Puts dead letters back with their id and headers and fresh attempts, never to expire. Resolves with how many went. */
  redrive(options?: RedriveOptions<T>): Promise<number>
  /** Removes everything of a state (default `ready`; delayed messages belong to it), counted as dropped, reason `purged`. */
  purge(state?: 'ready' | 'dead'): Promise<number>
  /** Tells when a message has ended for good, after that is durable. Returns the way to stop. */
  onEnd(listener: (end: MessageEnd) => void): () => void
  /**
   * Flushes what is under way, gives leased messages back without burning an attempt, and closes. A put that a broker
   * does not answer within 5 s is refused with `FOREBAY_CLOSED`. Closing twice is fine.
   */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** How a message ended, and its id. `dropped` has a reason: `oldest`, `random`, `lowest`, `expired`, `purged`. */
export interface MessageEnd {
  readonly id: string
  readonly end: 'acked' | 'dead' | 'dropped'
  readonly reason?: string
}
