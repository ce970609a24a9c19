import { checkInteger, checkNumber, show } from '../../kernel/check.ts'
import type { Clock } from '../../kernel/clock.ts'
import { milliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'
import { adaptive } from './adaptive.ts'
import type { Adaptive, LimitAlgorithm, LimitBounds, LimitState } from './adaptive.ts'
import { Bounds } from './bounds.ts'

/** Something of the process that may run short. `forebay/node` has readings of the event loop, memory, CPU and files. */
export interface PressureReading {
  /** Shown in inspections. */
  readonly name: string
  /** How much is used of what is bearable: 0 nothing, 1 all of it, and more if need be. What is no number counts as 0. */
  read(): number
}

export interface PressureOptions {
  /** Reading from which the limit is lowered; default 0.8. */
  from?: number
  /** Reading at which it is lowered all the way; default 1. */
  to?: number
  /** Share of the limit that stays, whatever the readings say; default 0.2. */
  floor?: number
  /** How far below `from` a reading has to be before the limit is raised again; default 0.1. */
  band?: number
  /** How much of the whole it is raised by each second; default 0.1. */
  recover?: number
  /** How often the readings are looked at, at most; default 250 ms. No timer: only while work comes and goes. */
  every?: Duration
}

/** A reading may take away so much of what is left, and the next one again. */
const steepest = 0.3

/**
 * A limit that shrinks while its own process runs short of something: `limit(underPressure(tide(), eventLoopDelay()))`.
 *
 * It is no switch. The worst reading, between `from` and `to`, makes a share of the limit between 1 and `floor`; the
 * limit goes there in steps of three tenths at most, so that one bad reading costs little, stays while the reading is
 * near `from`, and comes back slowly. What the other side can take is still found by the limit inside, which learns
 * nothing from work that only the pressure held back. Throws `RangeError` for options out of range.
 */
export function underPressure(
  limit: number | Adaptive,
  readings: PressureReading | readonly PressureReading[],
  options: PressureOptions = {},
): Adaptive {
  const list = Array.isArray(readings) ? (readings as readonly PressureReading[]) : [readings as PressureReading]
  if (list.length === 0) throw new RangeError('readings: expected one at least, got none')
  for (const reading of list) {
    if (typeof (reading as Partial<PressureReading> | undefined)?.read === 'function') continue
    throw new TypeError(`readings: expected one with read(), got ${show(reading)}`)
  }
  const { from = 0.8, to = 1, floor = 0.2, band = 0.1, recover = 0.1 } = options
  const rules: Rules = {
    from: checkNumber('from', from, 0, 1e6),
    to: checkNumber('to', to, from + 1e-6, 1e6),
    floor: checkNumber('floor', floor, 0.01, 1),
    band: checkNumber('band', band, 0, from),
    recover: checkNumber('recover', recover, 0.001, 100),
    everyMs: milliseconds('every', options.every ?? 250),
  }
  const inner = innerOf(limit)
  return adaptive(`${inner.algorithm} under pressure`, (clock) => new Pressed(inner.start(clock), list, rules, clock))
}

interface Rules extends Required<Omit<PressureOptions, 'every'>> {
  readonly everyMs: number
}

/** The limit inside; a number is one that never moves. */
function innerOf(limit: number | Adaptive): Adaptive {
  if (typeof limit === 'number') return fixed(checkInteger('limit', limit, 1))
  if (typeof (limit as Partial<Adaptive> | null)?.start === 'function') return limit
  throw new TypeError(`limit: expected a number or an adaptive limit, got ${show(limit)}`)
}

function fixed(limit: number): Adaptive {
  return adaptive('fixed', () => {
    const bounds = new Bounds({ max: Math.max(2000, limit) })
    return {
      get limit() {
        return bounds.clamp(limit)
      },
      sample() {},
      drop() {},
      set: (change) => bounds.set(change),
      inspect: () => ({ min: bounds.min, max: bounds.max, baseMs: 0, latencyMs: 0, why: 'it is fixed', movedAt: 0 }),
    }
  })
}

class Pressed implements LimitAlgorithm {
  readonly #inner: LimitAlgorithm
  readonly #readings: readonly PressureReading[]
  readonly #rules: Rules
  readonly #clock: Clock
  /** Share of the inner limit that is left; floor ≤ share ≤ 1. */
  #share = 1
  #worst = 0
  #of = ''
  #readAt: number
  #movedAt: number

  constructor(inner: LimitAlgorithm, readings: readonly PressureReading[], rules: Rules, clock: Clock) {
    this.#inner = inner
    this.#readings = readings
    this.#rules = rules
    this.#clock = clock
    this.#readAt = -Infinity
    this.#movedAt = clock.now()
  }

  get limit(): number {
    const now = this.#clock.now()
    const age = now - this.#readAt
    if (!(age >= 0 && age < this.#rules.everyMs)) this.#look(now, age)
    const { limit } = this.#inner
    return this.#share === 1 ? limit : Math.max(this.#inner.inspect().min, limit * this.#share)
  }

  sample(rttMs: number, inFlight: number, wasFull: boolean, sentAt: number, now: number): void {
    this.#inner.sample(rttMs, inFlight, wasFull && this.#share === 1, sentAt, now)
  }

  drop(sentAt: number, now: number): void {
    this.#inner.drop(sentAt, now)
  }

  set(bounds: LimitBounds): void {
    this.#inner.set(bounds)
  }

  inspect(): LimitState {
    const state = this.#inner.inspect()
    const pressure = { factor: this.#share, of: this.#of }
    if (this.#share === 1) return { ...state, pressure }
    const why = `${this.#of} is at ${Math.round(this.#worst * 100)} % of what is bearable`
    return { ...state, pressure, why, movedAt: this.#movedAt }
  }

  #look(now: number, age: number): void {
    this.#readAt = now
    this.#worst = 0
    for (const reading of this.#readings) {
      const value = reading.read()
      if (!(value >= this.#worst)) continue
      this.#worst = value
      this.#of = reading.name
    }
    const { from, to, floor, band, recover } = this.#rules
    const target = Math.max(floor, Math.min(1, 1 - ((1 - floor) * (this.#worst - from)) / (to - from)))
    const before = this.#share
    if (target < before) this.#share = Math.max(target, before * (1 - steepest))
    else if (this.#worst <= from - band && age > 0) {
      const seconds = Math.min(age, 60_000) / 1000 // the first look is infinitely late
      this.#share = Math.min(1, before + recover * seconds)
    }
    if (this.#share !== before) this.#movedAt = now
  }
}
