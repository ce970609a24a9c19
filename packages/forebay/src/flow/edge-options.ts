import { byteCount, type Bytes } from '../kernel/bytes.ts'
import { checkInteger, checkOneOf, show } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { EdgeOptions, Ttl } from '../kernel/edge-options.ts'
import { overflows, type Overflow } from '../kernel/overflow.ts'

/** A bounded edge, in words. */
export interface BufferOptions<T> {
  /** Items it may hold. Needed unless `bytes` is given; then default 65,536. */
  items?: number
  /** Bytes it may hold; an item is admitted while less is held, so one may overshoot. */
  bytes?: Bytes
  /** What happens when it is full; default `backpressure`. */
  overflow?: Overflow
  /** Key of an item; needed for `latest`. */
  key?: (item: T) => unknown
  /** What `spill` may put into the run's store; default as for `durable`. When that is full as well: `spill.overflow`. */
  spill?: SpillOptions
  /** Level of an item (0–3), for `drop-lowest`; default the level in its context, else 1. */
  level?: (item: T) => number
  /** For `sample`: 1 in so many arriving items is kept while the edge is full. Default 10. */
  every?: number
  /** Bytes of an item; default a shallow estimate. */
  sizeOf?: (item: T) => number
  /** Discards what is held as soon as upstream fails, instead of handing it on first. Default false. */
  failFast?: boolean
  /** Told each item that the policy loses, and the reason. */
  onDrop?: (item: T, reason: string) => void
  /** How old an item may get in it: `ttl('5s')` of `forebay/operators`. Older ones are dropped as `expired`, with any policy but `spill`. */
  ttl?: Ttl
  name?: string
}

/** How far a buffer spills. */
export interface SpillOptions {
  /** Items and bytes that the store may hold for it. */
  items?: number
  bytes?: Bytes
  /** What happens when the store is full too; default `backpressure`. What is being worked on is never dropped. */
  overflow?: StoreOverflow
}

/** What a full store can do with what a buffer spills. */
export type StoreOverflow = Extract<Overflow, 'backpressure' | 'drop-oldest' | 'drop-newest' | 'drop-lowest' | 'fail'>

/** Validates and completes the options of an edge. */
export function edgeOptions<T>(options: BufferOptions<T>, deferred = false): EdgeOptions {
  const { bytes, overflow = 'backpressure', key } = options
  checkOneOf('overflow', overflow, overflows)
  if (overflow === 'spill') {
    throw new ForebayError('FOREBAY_UNSUPPORTED', "overflow: 'spill' is for flow.buffer() alone")
  }
  if (options.items === undefined && bytes === undefined) {
    throw new RangeError('buffer: expected items or bytes, got neither')
  }
  if (overflow === 'latest' && typeof key !== 'function') {
    throw new TypeError(`key: overflow 'latest' needs a function, got ${show(key)}`)
  }
  const items = options.items === undefined ? 65_536 : checkInteger('items', options.items, 1)
  return {
    name: options.name ?? `buffer(${items})`,
    items,
    bytes: bytes === undefined ? Infinity : byteCount('bytes', bytes),
    overflow,
    key,
    level: options.level,
    every: checkInteger('every', options.every ?? 10, 1),
    sizeOf: options.sizeOf,
    deferred,
    failFast: options.failFast ?? false,
    onDrop: options.onDrop,
    ttl: options.ttl,
  }
}
