import type { Clock } from '../../../kernel/clock.ts'
import type { SharedKey } from './shared-key.ts'

/** Keys that may owe something at once: what the oldest of more owes is let go. */
const most = 5000

/** Keys whose debts go in one round trip: the answer to all of them at once might come too late, time and again. */
const atOnce = 100

/**
 * The keys whose work turned out to cost more while the store was away. They are remembered until it has been told, and
 * while there are any it is asked every `everyMs`, though nobody waits, whether it is back.
 */
export class Debts {
  readonly #clock: Clock
  readonly #everyMs: number
  readonly #tryAgain: (key: SharedKey) => void
  readonly #keys = new Set<SharedKey>()
  #isTimed = false

  constructor(clock: Clock, everyMs: number, tryAgain: (key: SharedKey) => void) {
    this.#clock = clock
    this.#everyMs = Math.max(1, everyMs)
    this.#tryAgain = tryAgain
  }

  /**
   * Remembers what `key` owes, and lets go what it would give back: the store may know by then no more that it was taken.
   * Returns the cost of the debt that is forgotten for it.
   */
  note(key: SharedKey): number {
    if (key.correction <= 0) {
      key.correction = 0
      this.#keys.delete(key)
      return 0
    }
    this.#keys.add(key)
    this.#later()
    const [oldest] = this.#keys
    if (oldest === undefined || this.#keys.size <= most) return 0
    this.#keys.delete(oldest)
    const { correction } = oldest
    oldest.correction = 0
    return correction
  }

  delete(key: SharedKey): void {
    this.#keys.delete(key)
  }

  /** Those that have owed for longest, as many as go in one round trip. */
  next(): SharedKey[] {
    const keys: SharedKey[] = []
    for (const key of this.#keys) if (keys.push(key) >= atOnce) break
    return keys
  }

  #later(): void {
    if (this.#isTimed || this.#keys.size === 0) return
    this.#isTimed = true
    this.#clock.after(this.#everyMs, () => {
      this.#isTimed = false
      const [oldest] = this.#keys
      if (oldest !== undefined) this.#tryAgain(oldest)
      this.#later()
    })
  }
}
