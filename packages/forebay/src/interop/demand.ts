import { UNBOUNDED } from '../kernel/receiver.ts'

/** Reactive Streams 3.17: a demand of so many items and more counts as one without end. */
const ENDLESS = 2n ** 63n - 1n

/** Whether `n` is something that can be asked for (rule 3.9): a whole number above zero, a bigint, or `Infinity`. */
export function isDemand(n: unknown): n is number | bigint {
  if (typeof n === 'bigint') return n > 0n
  return typeof n === 'number' && n > 0 && (Number.isInteger(n) || n === Infinity)
}

/**
 * What a subscriber has asked for and not got yet, exact up to 2^63 − 1. Credit inside a flow is a small integer,
 * so a large demand is granted in parts: at most `window` items are with the run, the rest waits here.
 *
 *   add ──▶ [ waiting ] ──take──▶ with the run (≤ window) ──spend──▶ delivered
 */
export class Demand {
  readonly #window: number
  /** Granted or ready to be: not yet delivered. */
  #open = 0
  #ready = 0
  #waiting = 0n
  #isEndless = false

  constructor(window: number = 2 ** 29) {
    this.#window = window
  }

  /** Nothing is asked for. */
  get isEmpty(): boolean {
    return this.#open === 0 && !this.#isEndless
  }

  add(items: number | bigint): void {
    if (this.#isEndless) return
    if (typeof items === 'number' && this.#waiting === 0n && items <= this.#window - this.#open) {
      this.#open += items
      this.#ready += items
      return
    }
    if (items !== Infinity) this.#waiting += BigInt(items)
    if (items === Infinity || this.#waiting + BigInt(this.#open) >= ENDLESS) {
      this.#isEndless = true
      this.#ready = UNBOUNDED
    } else this.#refill()
  }

  /** What may be granted to the run now. */
  take(): number {
    const ready = this.#ready
    this.#ready = 0
    return ready
  }

  /** One item was delivered. True when there is something to {@link take} again. */
  spend(): boolean {
    if (this.#isEndless) return false
    this.#open--
    if (this.#waiting === 0n || this.#open > this.#window / 2) return false
    this.#refill()
    return true
  }

  #refill(): void {
    const room = BigInt(this.#window - this.#open)
    const part = Number(this.#waiting < room ? this.#waiting : room)
    this.#waiting -= BigInt(part)
    this.#open += part
    this.#ready += part
  }
}
