import { checkOneOf } from '../../kernel/check.ts'
import { milliseconds, type Duration } from '../../kernel/duration.ts'
import type { BufferOptions } from '../edge-options.ts'

/** How one subscriber hears a hub. What a full edge does is said by `overflow`, as with `flow.buffer`. */
export interface SubscribeOptions<T> extends BufferOptions<T> {
  /** Items that may wait for this subscriber; default that of the hub. */
  items?: number
  /**
   * How long this subscriber may hold the hub back, for `overflow: 'backpressure'`, which is the default; default
   * without end.
   */
  lag?: Duration
  /**
   * What happens then: `disconnect` fails this subscriber with `FOREBAY_LAGGED`, behind what waits for it; `drop` goes
   * on without it, and it misses what comes until it has room again, counted as `lag`. Default `disconnect`.
   */
  onLag?: 'disconnect' | 'drop'
  /** What it is called in `inspect`, in metrics and in messages; a `partitionHub` with a key deals items out by it. */
  name?: string
}

/** What the running half of a subscription knows of its options. */
export interface Subscription {
  readonly name: string
  readonly overflow: string
  readonly items: number
  readonly lagMs: number | undefined
  readonly dropsOnLag: boolean
}

/** Validates and completes what a hub itself has to know of a subscription; the rest is the edge's. */
export function subscription(name: string, items: number, options: SubscribeOptions<any>): Subscription {
  const { lag, overflow = 'backpressure', onLag = 'disconnect' } = options
  checkOneOf('onLag', onLag, ['disconnect', 'drop'])
  const lagMs = lag === undefined ? undefined : milliseconds('lag', lag)
  if (lagMs !== undefined && overflow !== 'backpressure') {
    throw new RangeError(`lag: expected overflow 'backpressure', for '${overflow}' never holds a hub back`)
  }
  return {
    name: options.name ?? name,
    overflow,
    items: options.items === undefined ? items : options.items,
    lagMs,
    dropsOnLag: onLag === 'drop',
  }
}
