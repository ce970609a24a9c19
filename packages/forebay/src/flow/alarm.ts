import type { Clock } from '../kernel/clock.ts'

/** A timer may ring a fraction of a millisecond early; that counts as on time. */
const EARLY_MS = 0.5

/**
 * One timer that is moved rather than made anew: putting it off costs a reading of the clock, because a timer of the
 * runtime that rings too early is set again for the rest. It rings once for each time it was set.
 */
export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  /** When it is to ring; `undefined` while it is not set. */
  #due: number | undefined
  /** When the runtime's timer rings, and the way to stop that. */
  #rings = 0
  #stop: (() => void) | undefined
  readonly #onTimer = (): void => {
    this.#stop = undefined
    if (this.#due === undefined) return
    const left = this.#due - this.#clock.now()
    if (left > EARLY_MS) return this.#start(this.#due, left)
    this.#due = undefined
    this.#ring()
  }

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  get isSet(): boolean {
    return this.#due !== undefined
  }

  /** Rings in `ms`, and not when it was to ring before. */
  set(ms: number): void {
    const due = this.#clock.now() + ms
    if (this.#stop === undefined || this.#rings > due) {
      this.close()
      this.#start(due, ms)
    }
    this.#due = due
  }

  /** It does not ring unless it is set again. */
  clear(): void {
    this.#due = undefined
  }

  /** The same, and nothing of it is left with the runtime: for the end. */
  close(): void {
    this.#due = undefined
    this.#stop?.()
    this.#stop = undefined
  }

  #start(at: number, ms: number): void {
    this.#rings = at
    this.#stop = this.#clock.after(ms, this.#onTimer)
  }
}
