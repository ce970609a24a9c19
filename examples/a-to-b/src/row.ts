import type { Clock } from 'forebay'
import type { B } from './b.ts'
import type { Link } from './network.ts'

/** Where a strategy is played. */
export interface Scene {
  readonly strategy: string
  readonly seconds: number
  readonly b: B
  readonly link: Link
  readonly clock: Clock
}

/** What one way of living with a B that is too slow has come to. */
export interface Row {
  readonly strategy: string
  /** How long A has sent. */
  readonly seconds: number
  /** What A has made, a second: fewer where it was slowed. */
  readonly made: number
  /** Answered well within two seconds, a second. */
  readonly inTime: number
  /** Answered well, but later. */
  readonly late: number
  readonly refused: number
  readonly p50: number
  readonly p99: number
  /** The most that waited in B at once. */
  readonly waiting: number
}

/** How long A is patient, ms. */
export const PATIENCE_MS = 2000
/** What A would like to send, a second. */
export const WISHED_PER_SECOND = 100
