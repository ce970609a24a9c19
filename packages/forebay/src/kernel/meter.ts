import type { Clock } from './clock.ts'

const MAX_SKIP = 63
/** Changes that come closer together than this share one reading of the clock, ms. */
const CLOSE_MS = 0.002

/**
 * The time that accounting uses. Reading a clock costs about 40 ns, as much as handling an item, so when
 * state changes come within a few µs of each other the last reading is used again, up to 63 times; as
 * soon as they come further apart every change gets a reading of its own. A reading never outlives the turn
 * of the event loop it was taken in: idle time must not be booked on whoever happens to wake first.
 */
export class Meter {
  /** The last reading, ms. */
  t: number
  /** Readings so far: whether there is a new one is cheaper to see here than in the time. */
  readings = 1
  #skip = 0
  #left = 0
  #watching = false
  readonly #clock: Clock
  readonly #maxSkip: number
  readonly #turnOver = (): void => {
    this.#watching = false
    this.#skip = this.#left = 0
  }

  constructor(clock: Clock) {
    this.#clock = clock
    this.#maxSkip = clock.exact === true ? 0 : MAX_SKIP
    this.t = clock.now()
  }

  now(): number {
    return this.#left-- > 0 ? this.t : this.read()
  }

  /** Reads the clock now, whatever was skipped. */
  read(): number {
    const t = this.#clock.now()
    const perChange = (t - this.t) / (this.#skip + 1)
    this.#skip = perChange < CLOSE_MS ? Math.min(this.#maxSkip, this.#skip * 2 + 1) : 0
    this.#left = this.#skip
    this.t = t
    this.readings++
    if (this.#skip > 0 && !this.#watching) {
      this.#watching = true
      this.#clock.yield(this.#turnOver)
    }
    return t
  }
}
