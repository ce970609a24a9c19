import { checkNumber } from '../../kernel/check.ts'
import type { Clock } from '../../kernel/clock.ts'
import { milliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'
import { adaptive } from './adaptive.ts'
import type { Adaptive, LimitAlgorithm, LimitBounds, LimitState } from './adaptive.ts'
import { BaseLatency } from './base-latency.ts'
import { Bounds } from './bounds.ts'
import { SampleWindow } from './sample-window.ts'

export interface TideOptions extends LimitBounds {
  /**
   * Whether other processes send to the same backend through limits of their own. Dips are then deeper, and only those
   * that all make together are believed to show the backend alone. Default false.
   */
  shared?: boolean
  /** Where it begins; default 20, shared 4. */
  initial?: number
  /** How many times as slow as without a queue work may be before the limit falls; default 1.25, shared 1.05. */
  tolerance?: number
  /** Share of the limit that stays in a dip; default 0.6, shared 0.5. */
  dip?: number
  /** Dips come at multiples of this, by the wall clock; default 5 s. The same for all who share a backend. */
  dipEvery?: Duration
}

/** How fast the limit follows. */
const smooth = 0.6
const steepest = { down: 0.5, up: 1.25 }
/**
 * Room to grow into, in square roots of the limit: what arrives by chance varies that much. Among several more of the
 * limit is room and less is tolerance, which is what makes their shares even: an error of the base then counts for less.
 */
const headroom = { alone: 0.5, shared: 1 }
/** A window is long enough when the mean of its logarithms is known so well. */
const goodError = 0.06
const soonMs = 1000

/**
 * A limit that finds the most that may be in flight before work begins to queue, and stays near it: it needs to be told
 * nothing about the backend, does not drift, and serves on while the backend becomes slower or faster.
 *
 *     limit │      ___      ___      ___     once a window: limit ← limit · tolerance · base / latency
 *           │     /   │    /   │    /        a little more while it is full
 *           │____/    │___/    │___/
 *           │         dip      dip           every 5 s of the wall clock: less for a few round trips, to see
 *           └──────────────────────── time   the latency without a queue (base)
 *
 * The gradient is that of Envoy (`gradient_controller.cc`), with three differences that our overload suite asked for:
 * the base may rise only on the evidence of a dip; a dip leaves half of the work running, where Envoy goes to 3; and dips
 * come when the wall clock says so, so that all who share a backend dip together without talking. Latencies are
 * geometric means, and a window lasts until its mean is known well enough.
 *
 * `release('drop')` lowers it by a tenth, once a round trip. Failures teach it nothing. Throws `RangeError` for options out of range.
 *
 * @example
 * const gate = limit(tide({ max: 500 }))
 */
export function tide(options: TideOptions = {}): Adaptive {
  const {
    shared = false,
    initial = shared ? 4 : 20,
    tolerance = shared ? 1.05 : 1.25,
    dip = shared ? 0.5 : 0.6,
  } = options
  const bounds = new Bounds(options)
  const rules: TideRules = {
    shared,
    min: bounds.min,
    max: bounds.max,
    initial: bounds.clamp(checkNumber('initial', initial, 1, 1e6)),
    tolerance: checkNumber('tolerance', tolerance, 1.01, 10),
    dip: checkNumber('dip', dip, 0.1, 0.9),
    dipEveryMs: checkNumber('dipEvery', milliseconds('dipEvery', options.dipEvery ?? 5000), soonMs, 3_600_000),
  }
  return adaptive('tide', (clock) => new Tide(rules, clock))
}

interface TideRules extends Required<Omit<TideOptions, 'dipEvery'>> {
  readonly dipEveryMs: number
}

/** Why the limit last moved; the words are made when somebody asks. */
type Move = 'start' | 'slow' | 'room' | 'dip' | 'back' | 'queue' | 'told' | 'bounds'

interface Dip {
  readonly until: number
  /** The limit to come back to. */
  readonly from: number
  readonly to: number
  /** Whether all who share the backend dip now. */
  readonly isCommon: boolean
}

class Tide implements LimitAlgorithm {
  limit: number
  readonly #rules: TideRules
  readonly #clock: Clock
  readonly #bounds: Bounds
  readonly #base = new BaseLatency()
  readonly #window = new SampleWindow()
  /** Mean of the logarithms in the last window; what it is compared with must be measured after the last change. */
  #log = NaN
  #isLogFresh = false
  /** Smoothed: variance of the logarithms, and what nearly all latencies stay below (ms). */
  #variance = 0
  #spanMs = 0
  #isFull = false
  /** Whether to dip each second: work is so slow that the base is in doubt. */
  #isInDoubt = false
  /** Until then, what was sent before the last change still comes back. */
  #settledAt = 0
  #dip: Dip | undefined = undefined
  #period = NaN
  #noDipBefore = 0
  #toldAt = -Infinity
  #move: Move = 'start'
  #movedAt: number

  constructor(rules: TideRules, clock: Clock) {
    this.#rules = rules
    this.#clock = clock
    this.#bounds = new Bounds(rules)
    this.limit = rules.initial
    this.#movedAt = clock.now()
  }

  sample(rttMs: number, inFlight: number, wasFull: boolean, _sentAt: number, now: number): void {
    if (now < this.#movedAt) this.#beginAnew(now)
    if (this.#dip === undefined) this.#dipInTime(now)
    // By the time of the answer, not of the question: who is fast would be counted sooner, and speed overrated.
    if (now < this.#settledAt) return
    const window = this.#window
    window.add(rttMs, inFlight, wasFull, now)
    if (this.#dip !== undefined) {
      if (now >= this.#dip.until && (window.count >= 5 || now >= this.#dip.until + 2000)) this.#endDip(this.#dip, now)
      return
    }
    const { count } = window
    const age = now - window.since
    const isGood = age >= 100 && count >= 40 && (this.#variance || window.varianceOfLogs) < goodError ** 2 * count
    if (isGood || (age >= 1000 && count >= 40) || (age >= 2000 && count >= 5)) this.#turn(now)
  }

  drop(sentAt: number, now: number): void {
    if (sentAt < this.#toldAt) return // one round trip, one complaint
    this.#toldAt = now
    const from = this.#dip?.from ?? this.limit
    this.#dip = undefined // what is said counts more than what could be seen
    this.#moveTo(Math.min(this.limit, 0.9 * from), 'told', now)
  }

  set(bounds: LimitBounds): void {
    this.#bounds.set(bounds)
    if (this.limit !== this.#bounds.clamp(this.limit)) this.#moveTo(this.limit, 'bounds', this.#clock.now())
  }

  inspect(): LimitState {
    const { min, max } = this.#bounds
    const latencyMs = Number.isNaN(this.#log) ? 0 : Math.exp(this.#log)
    const slowness = latencyMs === 0 ? 1 : latencyMs / this.#base.ms
    const why: Record<Move, string> = {
      start: 'it begins here',
      slow: `work takes ${slowness.toFixed(1)} times as long as without a queue`,
      room: `it is full, and work takes only ${slowness.toFixed(1)} times as long as without a queue`,
      dip: 'it dips to see how long work takes without a queue',
      back: 'it is back from a dip',
      queue: 'it stays where it has dipped to: work queues even there',
      told: 'the other side has said that it has too much to do',
      bounds: 'its bounds were changed',
    }
    return { min, max, baseMs: this.#base.ms, latencyMs, why: why[this.#move], movedAt: this.#movedAt }
  }

  /** A window is over: the limit follows what it says. */
  #turn(now: number): void {
    const window = this.#window
    const log = window.meanLog
    this.#variance += (this.#variance === 0 ? 1 : 0.1) * (window.varianceOfLogs - this.#variance)
    this.#spanMs += (this.#spanMs === 0 ? 1 : 0.3) * (window.spanMs - this.#spanMs)
    this.#log = log
    this.#isLogFresh = true
    this.#isFull = window.full > 0.25 * window.count
    const isIdle = !this.#isFull && window.mostInFlight < 0.6 * this.limit
    this.#base.seen(log, Math.sqrt(this.#variance / window.count), isIdle)
    const slowness = this.#base.slowness(log)
    this.#isInDoubt = slowness > 1.86
    const gradient = Math.max(steepest.down, Math.min(steepest.up, this.#rules.tolerance / slowness))
    const room = this.#rules.shared ? headroom.shared : headroom.alone
    const target = gradient * this.limit + room * Math.sqrt(gradient * this.limit)
    const next = this.limit + smooth * (target - this.limit)
    window.clear()
    // Nobody knows what more would do when not even this much is used.
    if (next < this.limit) this.#moveTo(next, 'slow', now)
    else if (this.#isFull) this.#moveTo(next, 'room', now)
  }

  /** Begins a dip when the wall clock says so, and there is something to be learned from it. */
  #dipInTime(now: number): void {
    const wall = this.#clock.wall()
    const period = Math.floor(wall / (this.#isInDoubt ? soonMs : this.#rules.dipEveryMs))
    if (period === this.#period) return
    const isFirst = Number.isNaN(this.#period)
    this.#period = period
    if (isFirst || !this.#isFull || !this.#isLogFresh || now < this.#noDipBefore) return
    const from = Math.floor(this.limit)
    const to = this.#bounds.clamp(Math.round(from * this.#rules.dip))
    if (to >= from) return
    // Whoever dips now of all times has been called by the clock, not by a doubt of its own.
    const isCommon = wall % this.#rules.dipEveryMs < soonMs / 4
    const latencyMs = Math.exp(this.#log)
    const lasts = latencyMs + 2 * this.#spanMs + 20
    this.#dip = { from: this.limit, to, until: now + lasts, isCommon }
    // Some work is lost in a dip: a sixth of the time at most is spent in them, or half when nothing is known.
    this.#noDipBefore = now + lasts * (this.#isInDoubt ? 1 : 5)
    this.#isLogFresh = false
    this.#moveTo(to, 'dip', now)
    this.#settledAt += latencyMs // the queue has to go first
  }

  #endDip(dip: Dip, now: number): void {
    this.#dip = undefined
    const { meanLog: log, count } = this.#window
    const elasticity = (this.#log - log) / Math.log(Math.floor(dip.from) / dip.to)
    const mayRise = dip.isCommon || !this.#rules.shared
    if (this.#base.dipped(log, this.#variance / count, elasticity, mayRise)) return this.#moveTo(dip.from, 'back', now)
    this.#log = log
    this.#isLogFresh = true
    this.#isInDoubt = true
    this.#noDipBefore = now
    this.#moveTo(dip.to, 'queue', now)
  }

  #moveTo(limit: number, move: Move, now: number): void {
    this.limit = this.#bounds.clamp(limit)
    this.#move = move
    this.#movedAt = now
    this.#settledAt = now + this.#spanMs
    this.#window.clear()
  }

  /** The clock has gone back: nothing that was noted by it can be waited for. */
  #beginAnew(now: number): void {
    this.#moveTo(this.#dip?.from ?? this.limit, 'back', now)
    this.#dip = undefined
    this.#noDipBefore = now
    this.#toldAt = -Infinity
  }
}
