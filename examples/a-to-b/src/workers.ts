import type { Clock } from 'forebay'

const WORKERS = 3
const WORK_MS = 40

/** The hands of B: three workers of 40 ms each, so 75 pieces a second. Work that comes sooner waits, without a bound, as it does in front of most pools. */
export class Workers {
  readonly #clock: Clock
  readonly #waiting: (() => void)[] = [] // unbounded on purpose: what bounds it stands in front, or nothing does
  #free = WORKERS

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get waiting(): number {
    return this.#waiting.length
  }

  async work(): Promise<void> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#free--
    await new Promise<void>((resolve) => this.#clock.after(WORK_MS, resolve))
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}
