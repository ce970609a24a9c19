import { RateMeter } from './rate-meter.ts'
import type { Clock } from '../kernel/clock.ts'
import type { JournalState } from './journal.ts'

/** The numbers behind `stats()`, kept up to date at every change. */
export class Counters {
  /** Everything stored and not ended, dead letters included. */
  retained: number
  bytes: number
  dead: number
  /** Waiting for their time, those on their way to the journal included. */
  delayed: number
  readonly carriedIn: number
  readonly carriedDead: number
  stored = 0
  duplicates = 0
  rejected = 0
  delivered = 0
  redelivered = 0
  acked = 0
  failed = 0
  deadLettered = 0
  redriven = 0
  /** Bounded: the reasons are a fixed few. */
  readonly dropped: Record<string, number> = {}
  readonly in: RateMeter
  readonly out: RateMeter

  constructor(state: Pick<JournalState, 'items' | 'bytes' | 'dead' | 'later'>, clock: Clock) {
    this.retained = this.carriedIn = state.items
    this.bytes = state.bytes
    this.dead = this.carriedDead = state.dead
    this.delayed = state.later
    this.in = new RateMeter(clock)
    this.out = new RateMeter(clock)
  }

  drop(reason: string, items = 1): void {
    if (items > 0) this.dropped[reason] = (this.dropped[reason] ?? 0) + items
  }
}
