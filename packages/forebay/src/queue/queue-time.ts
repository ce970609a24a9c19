import type { Clock } from '../kernel/clock.ts'

/**
 * The time that is written into a queue: Unix ms, taken from the wall clock once, when the queue is opened, and
 * carried on by the monotonic clock, so a wall clock that jumps neither expires messages nor delivers them early.
 * It never lies before what is already written.
 */
export class QueueTime {
  readonly #clock: Clock
  readonly #base: number

  constructor(clock: Clock, lastStamp: number) {
    this.#clock = clock
    this.#base = Math.max(clock.wall(), lastStamp) - clock.now()
  }

  stamp(): number {
    return this.#base + this.#clock.now()
  }
}
