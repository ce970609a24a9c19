import type { Clock } from '../../kernel/clock.ts'
import type { LimitAlgorithm, LimitBounds, LimitState } from './adaptive.ts'
import type { Bounds } from './bounds.ts'
import { SampleWindow } from './sample-window.ts'

const windowMs = 1000
const fewest = 10

/** What an algorithm makes of a window: the next limit, and the latency that it compared with. */
export interface Judgement {
  readonly limit: number
  readonly baseMs: number
  readonly why: string
}

/**
 * The frame of an algorithm that looks at the mean latency of each second, and leaves the limit alone while less than
 * half of it is used.
 */
export class Windowed implements LimitAlgorithm {
  limit: number
  readonly #bounds: Bounds
  readonly #clock: Clock
  readonly #window = new SampleWindow()
  readonly #judge: (limit: number, meanMs: number, samples: number) => Judgement
  readonly #complain: (limit: number) => number
  #baseMs = 0
  #latencyMs = 0
  #why = 'it begins here'
  #movedAt: number
  #toldAt = -Infinity

  /** `judge` says what a window means, `complain` what a complaint of the other side does to the limit. */
  constructor(
    bounds: Bounds,
    initial: number,
    clock: Clock,
    judge: (limit: number, meanMs: number, samples: number) => Judgement,
    complain: (limit: number) => number,
  ) {
    this.#bounds = bounds
    this.#clock = clock
    this.#judge = judge
    this.#complain = complain
    this.limit = bounds.clamp(initial)
    this.#movedAt = clock.now()
  }

  sample(rttMs: number, inFlight: number, wasFull: boolean, _sentAt: number, now: number): void {
    const window = this.#window
    if (now < window.since) window.clear() // the clock has gone back
    window.add(rttMs, inFlight, wasFull, now)
    if (window.count < fewest || now - window.since < windowMs) return
    this.#latencyMs = window.mean
    const { limit, baseMs, why } = this.#judge(this.limit, window.mean, window.count)
    const isUsed = 2 * window.mostInFlight >= this.limit
    window.clear()
    this.#baseMs = baseMs
    if (isUsed) this.#moveTo(limit, why, now)
  }

  drop(sentAt: number, now: number): void {
    if (now < this.#toldAt) this.#toldAt = -Infinity
    if (sentAt < this.#toldAt) return
    this.#toldAt = now
    this.#moveTo(this.#complain(this.limit), 'the other side has said that it has too much to do', now)
  }

  set(bounds: LimitBounds): void {
    this.#bounds.set(bounds)
    if (this.limit !== this.#bounds.clamp(this.limit)) {
      this.#moveTo(this.limit, 'its bounds were changed', this.#clock.now())
    }
  }

  inspect(): LimitState {
    const { min, max } = this.#bounds
    return { min, max, baseMs: this.#baseMs, latencyMs: this.#latencyMs, why: this.#why, movedAt: this.#movedAt }
  }

  #moveTo(limit: number, why: string, now: number): void {
    this.limit = this.#bounds.clamp(limit)
    this.#why = why
    this.#movedAt = now
  }
}
