import { ForebayError } from '../kernel/errors.ts'
import type { Overflow } from '../kernel/overflow.ts'

/** How sure a store is of one of its abilities: kept by the store itself, nearly kept, or counted by this client alone. */
export type Strength = 'hard' | 'soft' | 'client' | 'none'

/**
 * What a store can really do. An option that the flags do not cover throws `FOREBAY_UNSUPPORTED` where it
 * is given; it is never ignored and never means something else. One is a hint, `partitions` of a queue: it asks that so
 * many clients can take at once, which they can anyway where a queue has no parts.
 */
export interface Caps {
  /** What a resolved `put` promises to survive: nothing, a killed process, a power cut, the loss of a machine. */
  readonly durability: 'memory' | 'os-cache' | 'fsync' | 'replicated'
  readonly boundItems: Strength
  readonly boundBytes: Strength
  readonly overflow: readonly Overflow[]
  /** `watermark`: only a contiguous prefix can be acknowledged, as in Kafka's consumer groups. */
  readonly ack: 'message' | 'watermark'
  readonly extend: boolean
  readonly delay: boolean
  readonly nackDelay: boolean
  /** Different levels it can tell apart; 1 when it has one order only. */
  readonly levels: number
  /** Where the attempt counter lives: does it survive a killed process? */
  readonly attempts: 'durable' | 'memory' | 'none'
  /** How long ids are remembered: for a time, and so many; for a time, however many; for ever. */
  readonly dedupe: 'window' | 'time' | 'forever' | 'none'
  /** Within what the order of puts is kept. */
  readonly order: 'queue' | 'key' | 'partition' | 'none'
  /** Items of one key are delivered one at a time, in order. */
  readonly keys: boolean
  /** Groups take turns. */
  readonly groups: boolean
  /** A queue is made in parts, each taken from by one client at a time; left out: no, and a hint at their number changes nothing. */
  readonly partitions?: boolean
  readonly ttl: boolean
  /** A put can be part of a transaction of the caller's own on the same server; left out: no. */
  readonly transactions?: boolean
  readonly deadLetters: 'native' | 'emulated' | 'none'
  readonly depth: 'exact' | 'approx' | 'none'
  /** Several processes may have a queue open at once. */
  readonly shared: boolean
}

/** The error of an option that `store` cannot honour. */
export function unsupported(store: string, option: string): ForebayError {
  return new ForebayError('FOREBAY_UNSUPPORTED', `${store} does not support ${option}; see its caps`)
}
