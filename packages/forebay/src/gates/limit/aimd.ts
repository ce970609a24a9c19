import { checkNumber } from '../../kernel/check.ts'
import type { Clock } from '../../kernel/clock.ts'
import { milliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'
import { adaptive } from './adaptive.ts'
import type { Adaptive, LimitAlgorithm, LimitBounds, LimitState } from './adaptive.ts'
import { Bounds } from './bounds.ts'

export interface AimdOptions extends LimitBounds {
  /** Where it begins; default 20. */
  initial?: number
  /** Share of the limit that stays after a complaint; default 0.9. */
  backoff?: number
  /** Work that takes longer is taken for a complaint; default nothing is. */
  tooSlow?: Duration
}

/**
 * A limit that grows by one each round trip while it is used, and falls by a tenth when the other side complains
 * (`release('drop')`) or work takes longer than `tooSlow`. For clients of something that sheds by itself: it
 * looks at no latency unless told what is too slow, and then holds work just below that.
 *
 * Additive increase, multiplicative decrease: Chiu and Jain, 1989; as a limit on requests in Netflix's concurrency-limits
 * (`AIMDLimit`). What differs: it grows by one for each round trip and not for each answer, and complaints about what
 * was sent before the last decrease count as that one. Throws `RangeError` for options out of range.
 */
export function aimd(options: AimdOptions = {}): Adaptive {
  new Bounds(options)
  const initial = checkNumber('initial', options.initial ?? 20, 1, 1e6)
  const backoff = checkNumber('backoff', options.backoff ?? 0.9, 0.1, 0.99)
  const tooSlowMs = options.tooSlow === undefined ? Infinity : milliseconds('tooSlow', options.tooSlow)
  return adaptive('aimd', (clock) => new Aimd(new Bounds(options), initial, backoff, tooSlowMs, clock))
}

class Aimd implements LimitAlgorithm {
  limit: number
  readonly #bounds: Bounds
  readonly #backoff: number
  readonly #tooSlowMs: number
  readonly #clock: Clock
  #latencyMs = 0
  #loweredAt = -Infinity
  #why = 'it begins here'
  #movedAt: number

  constructor(bounds: Bounds, initial: number, backoff: number, tooSlowMs: number, clock: Clock) {
    this.#bounds = bounds
    this.#backoff = backoff
    this.#tooSlowMs = tooSlowMs
    this.#clock = clock
    this.limit = bounds.clamp(initial)
    this.#movedAt = clock.now()
  }

  sample(rttMs: number, inFlight: number, _wasFull: boolean, sentAt: number, now: number): void {
    this.#latencyMs = rttMs
    if (rttMs > this.#tooSlowMs) return this.#lower(sentAt, now, 'work took too long')
    if (2 * inFlight < this.limit) return
    this.#moveTo(this.limit + 1 / this.limit, 'it is used, and nobody complains', now)
  }

  drop(sentAt: number, now: number): void {
    this.#lower(sentAt, now, 'the other side has said that it has too much to do')
  }

  set(bounds: LimitBounds): void {
    this.#bounds.set(bounds)
    if (this.limit !== this.#bounds.clamp(this.limit)) {
      this.#moveTo(this.limit, 'its bounds were changed', this.#clock.now())
    }
  }

  inspect(): LimitState {
    const { min, max } = this.#bounds
    return { min, max, baseMs: 0, latencyMs: this.#latencyMs, why: this.#why, movedAt: this.#movedAt }
  }

  #lower(sentAt: number, now: number, why: string): void {
    if (now < this.#loweredAt) this.#loweredAt = -Infinity // the clock has gone back
    if (sentAt < this.#loweredAt) return
    this.#loweredAt = now
    this.#moveTo(this.limit * this.#backoff, why, now)
  }

  #moveTo(limit: number, why: string, now: number): void {
    this.limit = this.#bounds.clamp(limit)
    this.#why = why
    this.#movedAt = now
  }
}
