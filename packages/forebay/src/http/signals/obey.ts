import { checkInteger } from '../../kernel/check.ts'
import type { Clock } from '../../kernel/clock.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Duration } from '../../kernel/duration.ts'
import { milliseconds } from '../../kernel/duration.ts'
import type { Ask, Gate, GateInspection } from '../../kernel/gate.ts'
import { unlimited } from '../../gates/ask.ts'
import { paceLine } from '../../gates/line/line-options.ts'
import type { LineOptions } from '../../gates/line/line-options.ts'
import { PartGate } from '../../gates/part-gate.ts'
import type { Part, Refusal } from '../../gates/part.ts'
import { Watched } from '../../gates/watched.ts'
import type { Signals } from './read-signals.ts'

export interface ObeyOptions {
  /** Keys that may be closed at the same time; default 1,000. Beyond, the one closed first is forgotten. */
  max?: number
  /** The longest that one answer can close a key; default 10 minutes, whatever the other side says. */
  longest?: Duration
  /** Who may wait for a key to open; default as for `rate`: 1,000 callers, and those that could not be served within a minute are refused at once. */
  line?: number | LineOptions
  /** Shown in sheds and inspections; default `'obey'`. */
  name?: string
  clock?: Clock
}

/** A gate that opens and closes as the other side asks. */
export interface Obey extends Gate {
  /**
   * Takes in what an answer said. A wait closes `key` for that long, and so does a quota of requests that is used up;
   * an answer that came later can only prolong it, since others of before may still arrive.
   */
  hear(signals: Signals, key?: string): void
  /** Milliseconds for which `key` is still closed. */
  closedMs(key?: string): number
}

/**
 * A gate that does what the other side asks: `Retry-After`, gRPC's pushback and used-up quotas close it for the key
 * they came for, and time opens it. It is a pace and holds nothing, so it goes into `all` beside others.
 *
 * @example
 * const peer = obey()
 * const calls = all([peer, limit(20), breaker()])
 * peer.hear(readSignals(response.headers), 'tenant-7')
 */
export function obey(options: ObeyOptions = {}): Obey {
  const clock = options.clock ?? systemClock
  return new ObeyGate(new ObeyPart(options, clock), clock, options.line, () => paceLine)
}

class ObeyGate extends PartGate<undefined> implements Obey {
  hear(signals: Signals, key = ''): void {
    ;(this.part as ObeyPart).hear(signals, key)
  }

  closedMs(key = ''): number {
    return (this.part as ObeyPart).closedMs(key)
  }
}

class ObeyPart extends Watched implements Part<undefined> {
  readonly kind = 'rate'
  readonly name: string
  readonly rank = 1
  readonly perKey = true
  readonly holdsNothing = true
  readonly inUse = 0
  admitted = 0
  readonly #clock: Clock
  readonly #openAt = new Map<string, number>() // bounded by #max; in the order in which they were closed
  readonly #max: number
  readonly #longestMs: number

  constructor(options: ObeyOptions, clock: Clock) {
    super()
    this.name = options.name ?? 'obey'
    this.#clock = clock
    this.#max = checkInteger('max', options.max ?? 1000, 1)
    this.#longestMs = milliseconds('longest', options.longest ?? 600_000)
  }

  hear(signals: Signals, key: string): void {
    const waitMs = Math.min(askedWait(signals), this.#longestMs)
    if (waitMs === 0 || waitMs <= this.closedMs(key)) return
    this.#openAt.delete(key)
    if (this.#openAt.size >= this.#max) {
      const [oldest] = this.#openAt.keys()
      this.#openAt.delete(oldest as string)
    }
    this.#openAt.set(key, this.#clock.now() + waitMs)
  }

  closedMs(key: string): number {
    const openAt = this.#openAt.get(key)
    if (openAt === undefined) return 0
    const ms = openAt - this.#clock.now()
    if (ms > 0) return ms
    this.#openAt.delete(key)
    return 0
  }

  waitMs(_cost: number, ask: Ask): number {
    return this.closedMs(ask.key ?? '')
  }

  enter(): undefined {
    this.admitted++
  }

  settle(): void {}

  learn(): void {}

  free(): void {}

  credit(): number {
    return this.closedMs('') > 0 ? 0 : unlimited
  }

  refusal(cost: number, ask: Ask): Refusal {
    return { reason: 'rate', gate: this.name, retryAfterMs: Math.ceil(this.waitMs(cost, ask)), final: false }
  }

  set(): void {}

  inspect(): Pick<GateInspection, 'state' | 'limit' | 'unit'> {
    return { state: this.#openAt.size > 0 ? 'full' : 'free', limit: unlimited, unit: 'permits/s' }
  }
}

/** Concurrency that is used up says nothing about time: any end of work frees it. */
function askedWait({ retryAfterMs, quotas }: Signals): number {
  if (retryAfterMs !== undefined) return retryAfterMs
  let longest = 0
  for (const { unit, remaining, resetMs } of quotas) {
    if (remaining === 0 && resetMs !== undefined && unit !== 'concurrent-requests') longest = Math.max(longest, resetMs)
  }
  return longest
}
