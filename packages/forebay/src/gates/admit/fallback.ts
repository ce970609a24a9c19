import { checkInteger } from '../../kernel/check.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import { milliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'

/** What a caller gets instead when the work was refused or has failed for good. */
export interface Fallback<T> {
  /** The substitute, or the error again, thrown, when there is none. */
  get(error: unknown, key: string | undefined): T | PromiseLike<T>
  /** Told every result that was good. */
  put?(key: string | undefined, value: T): void
}

/** Always the same substitute. */
export function fallbackTo<T>(value: T): Fallback<T> {
  return { get: () => value }
}

export interface LastGoodOptions<T> {
  /** How old a result may be and still stand in; default 5 minutes. */
  stale?: Duration
  /** Results kept, by key; the one used longest ago makes room. Default 1,000. */
  max?: number
  /** Where there is no result to stand in; without it the error is thrown. */
  otherwise?: Fallback<T>
  clock?: Clock
}

/** The last good result of the same key, as long as it is not too old. */
export interface LastGood<T> extends Fallback<T> {
  put(key: string | undefined, value: T): void
  /** Calls that got a result of before. */
  readonly hits: number
  /** Calls for which there was none. */
  readonly misses: number
  readonly size: number
}

/** Stands in with the last good result of the same `key`. Memory is bounded by `max`, whoever chooses the keys. */
export function lastGood<T>(options: LastGoodOptions<T> = {}): LastGood<T> {
  return new LastGoodResults(options)
}

class LastGoodResults<T> implements LastGood<T> {
  hits = 0
  misses = 0
  readonly #kept = new Map<string, { readonly value: T; readonly at: number }>() // bounded by #max; in order of use
  readonly #max: number
  readonly #staleMs: number
  readonly #otherwise: Fallback<T> | undefined
  readonly #clock: Clock

  constructor(options: LastGoodOptions<T>) {
    this.#max = checkInteger('max', options.max ?? 1000, 1)
    this.#staleMs = milliseconds('stale', options.stale ?? 300_000)
    this.#otherwise = options.otherwise
    this.#clock = options.clock ?? systemClock
  }

  get size(): number {
    return this.#kept.size
  }

  put(key: string | undefined, value: T): void {
    this.#keep(key ?? '', { value, at: this.#clock.now() })
    if (this.#kept.size <= this.#max) return
    const [oldest] = this.#kept.keys()
    this.#kept.delete(oldest as string)
  }

  get(error: unknown, key: string | undefined): T | PromiseLike<T> {
    const kept = this.#kept.get(key ?? '')
    if (kept !== undefined && this.#clock.now() - kept.at <= this.#staleMs) {
      this.hits++
      this.#keep(key ?? '', kept)
      return kept.value
    }
    this.misses++
    if (kept !== undefined) this.#kept.delete(key ?? '')
    if (this.#otherwise === undefined) throw error
    return this.#otherwise.get(error, key)
  }

  #keep(key: string, kept: { readonly value: T; readonly at: number }): void {
    this.#kept.delete(key)
    this.#kept.set(key, kept)
  }
}
