import type { Clock } from '../../kernel/clock.ts'

/** Time in calls, without the time in calls inside of them: handing on may run the next stage. */
export class CpuTime {
  readonly #clock: Clock
  #inside = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  measure(call: () => unknown, took: (ms: number) => void): unknown {
    const outer = this.#inside
    this.#inside = 0
    const start = this.#clock.now()
    try {
      return call()
    } finally {
      const ms = this.#clock.now() - start
      took(ms - this.#inside)
      this.#inside = outer + ms
    }
  }
}
