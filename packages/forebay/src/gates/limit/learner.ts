import type { Clock } from '../../kernel/clock.ts'
import type { AdaptiveInspection, PermitOutcome } from '../../kernel/gate.ts'
import type { Adaptive, LimitAlgorithm, LimitBounds } from './adaptive.ts'

/**
 * The running half of an adaptive limit: it remembers when each piece of work was sent, and tells the algorithm how it
 * went. What is remembered lies in arrays, a place for each piece in flight, so that a call allocates nothing.
 *
 *     enter ──> place ──> learn(place, outcome) ──> free(place)
 *               sentAt, inFlight, wasFull
 *
 * Bounded by the most that was in flight at once.
 */
export class Learner {
  readonly #clock: Clock
  #adaptive: Adaptive
  #algorithm: LimitAlgorithm
  /** Work sent before this was sent under another algorithm, and teaches nothing. */
  #since: number
  #sentAt = new Float64Array(16)
  #inFlight = new Float64Array(16)
  /** Places given back; the next free one beyond all that were ever used is `#used`. */
  readonly #freed: number[] = []
  #used = 0

  constructor(clock: Clock, adaptive: Adaptive) {
    this.#clock = clock
    this.#adaptive = adaptive
    this.#algorithm = adaptive.start(clock)
    this.#since = clock.now()
  }

  /** What may be in flight now: whole, and 1 at least, or nothing would ever be learned again. */
  get limit(): number {
    return Math.max(1, Math.floor(this.#algorithm.limit))
  }

  /** Work has entered, and makes `inFlight`. */
  enter(inFlight: number): number {
    const place = this.#freed.pop() ?? this.#used++
    if (place === this.#sentAt.length) this.#grow()
    this.#sentAt[place] = this.#clock.now()
    // Full is kept as the sign: what is in flight is never less than 0.
    this.#inFlight[place] = inFlight + 1 > this.limit ? -inFlight : inFlight
    return place
  }

  /**
   * Work has ended, or its caller has given it up. Only success says how fast the other side is: errors are often
   * faster than answers, and would look like speed.
   */
  learn(place: number, outcome: PermitOutcome): void {
    if (outcome !== 'ok' && outcome !== 'drop') return
    const sentAt = this.#sentAt[place] as number
    if (sentAt < this.#since) return
    const now = this.#clock.now()
    if (outcome === 'drop') return this.#algorithm.drop(sentAt, now)
    const inFlight = this.#inFlight[place] as number
    const rttMs = now - sentAt
    if (rttMs >= 0) this.#algorithm.sample(rttMs, Math.abs(inFlight), inFlight < 0, sentAt, now)
  }

  free(place: number): void {
    this.#freed.push(place)
  }

  /** Goes on with other bounds, or another algorithm that learns from what is sent from now on; checks before it changes. */
  set(bounds: LimitBounds, adaptive?: Adaptive): void {
    const algorithm = adaptive?.start(this.#clock) ?? this.#algorithm
    algorithm.set(bounds)
    if (adaptive === undefined) return
    this.#algorithm = algorithm
    this.#adaptive = adaptive
    this.#since = this.#clock.now()
  }

  inspect(): AdaptiveInspection {
    return { algorithm: this.#adaptive.algorithm, limit: this.#algorithm.limit, ...this.#algorithm.inspect() }
  }

  #grow(): void {
    const [sentAt, inFlight] = [this.#sentAt, this.#inFlight]
    this.#sentAt = new Float64Array(2 * sentAt.length)
    this.#sentAt.set(sentAt)
    this.#inFlight = new Float64Array(2 * inFlight.length)
    this.#inFlight.set(inFlight)
  }
}
