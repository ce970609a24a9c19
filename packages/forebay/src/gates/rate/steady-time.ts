import type { Clock } from '../../kernel/clock.ts'

/** The time of a clock as algorithms know it: it begins at 0, and when the clock goes back it stands still and goes on from there. */
export class SteadyTime {
  readonly #clock: Pick<Clock, 'now'>
  #read: number
  #skew: number

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
    this.#read = clock.now()
    this.#skew = -this.#read
  }

  now(): number {
    const read = this.#clock.now()
    if (read < this.#read) this.#skew += this.#read - read
    this.#read = read
    return read + this.#skew
  }
}
