import type { ForebayError } from '../../kernel/errors.ts'
import type { Place } from '../open-queues.ts'
import type { EncodedItem } from '../put-items.ts'
import type { MessageState } from '../queue.ts'
import type { PauseReason } from '../sender.ts'
import type { Settings } from '../settings.ts'
import type { StoredMessage } from '../stored-message.ts'

/** An item on its way to a broker: encoded, and with an id. */
export interface Outgoing extends EncodedItem {
  readonly id: string
}

/**
 * What became of one item. `full`: nothing of it is stored; it may be put again after `events.room()`. `dropped`:
 * the overflow policy let it go (`drop-newest`).
 */
export type PutStatus = 'stored' | 'duplicate' | 'dropped' | 'full'

/** A message that the broker has given us, until it is settled or the lease is lost. */
export interface Held {
  readonly stored: StoredMessage
  /** It has been out before, for whatever reason. */
  readonly redelivered: boolean
  /** What the link needs to settle it: a delivery tag, an entry's id, an offset. Nobody else looks at it. */
  readonly tag: unknown
  /**
   * When its lease ends at the broker, on the place's clock, ms; left out where the broker knows no end of leases: the
   * client's own begins when the delivery is handed out.
   */
  readonly deadline?: number
}

/**
 * How a delivery ends. `retry` after `delayMs`, one attempt burnt; `dead` with a reason and the history;
 * `release` gives it back at once and burns no attempt, as far as the broker can.
 */
export type Settlement =
  | { readonly held: Held; readonly how: 'ack' | 'release' }
  | { readonly held: Held; readonly how: 'retry'; readonly delayMs: number; readonly reason: string }
  | { readonly held: Held; readonly how: 'dead'; readonly reason: string }

/**
 * What the broker holds of one queue, all clients together. Where it cannot tell the last three they are left out, and
 * what this client has seen itself stands in.
 */
export interface Depth {
  readonly ready: number
  readonly delayed: number
  readonly dead: number
  readonly leased?: number
  readonly bytes?: number
  readonly oldestMs?: number
}

/** What a link tells its queue; none of these throws, and none calls back into the link at once. */
export interface LinkEvents {
  /** Messages have come, never more than the window that was asked for. */
  deliver(messages: readonly Held[]): void
  /**
   * The broker was asked after the latest `want` and has nothing more that is ready: pulls that take what there is are
   * answered. A broker that pushes and cannot tell says it when nothing has come for a short while.
   */
  dry(): void
  /** These leases are gone without our doing: the connection broke, a partition moved, somebody else took over. */
  lost(messages: Iterable<Held>): void
  /**
   * Nothing may be put for now: `broker` when it is away or asks for quiet, `disk` when its disk is full. Unless it
   * `settles` (default: with `disk`), nothing can be settled either; what is taken out of a full broker makes room.
   */
  pause(reason: Extract<PauseReason, 'broker' | 'disk'>, message: string, settles?: boolean): void
  resume(): void
  /** There may be room where there was none. */
  room(): void
  /** The store dropped messages by itself: `expired`, `oldest`, `lowest`; with their ids where it knows them. */
  dropped(reason: string, items: number, ids?: readonly string[]): void
}

/**
 * One queue of one broker, as one client sees it: what an adapter has to bring. {@link BrokerQueue} does the rest of
 * the contract over it: credit and the line of senders, receivers, leases that end, counters, codecs.
 *
 * Whatever the network does, a link recovers by itself: it says `pause`, connects again with jittered backoff, and says
 * `resume`. Its calls reject with `FOREBAY_UNAVAILABLE` (retryable) while it is away; nothing waits inside it without a
 * bound, neither in itself nor in its driver.
 */
export interface BrokerLink {
  /**
   * Why the broker can never take this item (`FOREBAY_TOO_LARGE`), asked before room is taken and anything is sent, so
   * that it is refused to its own caller alone; left out where every item that {@link Settings} lets pass is taken.
   */
  refuses?(item: Outgoing): ForebayError | undefined
  /**
   * Stores items in order and resolves when they are as durable as the store promises, with one answer each. One call is
   * under way at a time, or `putCalls` of the place, and never with more items and bytes together than its window.
   * Where the broker can do it, all or none are `full`. A call that was rejected with a retryable error is made again
   * with the very same array, so that a link can tell the repetition from a new put. After one that was rejected for
   * good, the items of each caller are put alone, the very same objects.
   */
  put(items: readonly Outgoing[]): Promise<readonly PutStatus[]>
  /**
   * Stores items within a transaction of the caller's, and waits for nobody; left out where the broker has none. What is
   * answered as stored is so when the transaction commits.
   */
  putWithin?(transaction: unknown, items: readonly Outgoing[]): Promise<readonly PutStatus[]>
  /**
   * What consumers want now: `now` more deliveries, and at most `window` unsettled at once (0 while nobody consumes).
   * A broker that pushes may deliver up to the window ahead of `now`; one that is asked delivers `now` at most, and
   * counts down by itself what it has delivered. Called whenever the two have changed.
   */
  want(now: number, window: number): void
  /**
   * Ends deliveries, many in one round trip. Resolves when that is durable; `false` for one whose lease was lost.
   * `retry` of a message whose attempts are used up is never asked for: the queue asks for `dead` then. One call is
   * under way at a time, or `settleCalls` of the place; after a retryable error it is made again with the very same
   * array, after any other for each settlement alone: one that is rejected even so counts as a lost lease, and the
   * broker gives the message again.
   */
  settle(settlements: readonly Settlement[]): Promise<readonly boolean[]>
  /** Moves the end of leases to `ms` from now; `false` for one that was lost. */
  extend(messages: readonly Held[], ms: number): Promise<readonly boolean[]>
  depth(): Promise<Depth>
  /** Up to `max` messages of a state, oldest first; they stay where they are. */
  peek(max: number, state: MessageState): Promise<readonly StoredMessage[]>
  /** Puts back up to `max` dead letters that `accept` takes, oldest first, attempts forgotten. Returns how many. */
  redrive(max: number, accept: (message: StoredMessage) => boolean): Promise<number>
  /** Removes all dead letters, or all that is ready or delayed. Returns how many. */
  purge(state: 'ready' | 'dead'): Promise<number>
  /** Everything is settled by then, or given up. Closing twice is fine. */
  close(): Promise<void>
}

/** A broker, as a place for queues. `url` is without the password. */
export interface BrokerPlace extends Place {
  /** What may be put without having been confirmed, default 4096 items and 16 MiB. */
  readonly window?: { readonly items: number; readonly bytes: number }
  /** Calls of `put` that may be under way at once; default 1, which keeps the order of puts whatever happens. */
  readonly putCalls?: number
  /** Calls of `settle` that may be under way at once, of other messages each; default 1. */
  readonly settleCalls?: number
  /** Opens a queue, or makes it on the broker; rejects with `FOREBAY_UNAVAILABLE` when the broker cannot be reached in time. */
  openLink(settings: Settings<unknown>, events: LinkEvents): Promise<BrokerLink>
}
