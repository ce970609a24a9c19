import { checkNumber } from '../../kernel/check.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Clock } from '../../kernel/clock.ts'
import { positiveMilliseconds } from '../../kernel/duration.ts'
import type { Duration } from '../../kernel/duration.ts'
import { SlidingCounts } from '../sliding-counts.ts'

export interface BudgetOptions {
  /** Retries for each first try; default 0.1, one in ten. */
  ratio?: number
  /** Retries a second that are free, so that a quiet client can retry at all; default 3. */
  minPerSecond?: number
  /** Over which time both are counted; default 10 s. */
  window?: Duration
  clock?: Clock
}

/** What may be spent on doing work again. Share one between all calls that go to the same place. */
export interface Budget {
  /** Counts a first try, which earns. */
  earn(): void
  /** Spends one retry; false when there is nothing left. */
  take(): boolean
  /** Retries that could be spent now. */
  readonly balance: number
  readonly taken: number
  readonly refused: number
}

/**
 * A retry budget: in any window, retries ≤ ratio × first tries + minPerSecond × window. Retries cannot multiply
 * the load on something that is already failing, however many times each caller would like to try.
 *
 * The idea is Finagle's RetryBudget (Twitter, 2016), counted over a sliding window.
 */
export function budget(options: BudgetOptions = {}): Budget {
  const ratio = checkNumber('ratio', options.ratio ?? 0.1, 0, 1000)
  const windowMs = positiveMilliseconds('window', options.window ?? 10_000)
  const reserve = (checkNumber('minPerSecond', options.minPerSecond ?? 3, 0, 1e9) * windowMs) / 1000
  return new WindowBudget(ratio, reserve, new SlidingCounts(windowMs, 2), options.clock ?? systemClock)
}

const earnings = 0
const takings = 1

class WindowBudget implements Budget {
  taken = 0
  refused = 0
  readonly #ratio: number
  readonly #reserve: number
  readonly #counts: SlidingCounts
  readonly #clock: Clock

  constructor(ratio: number, reserve: number, counts: SlidingCounts, clock: Clock) {
    this.#ratio = ratio
    this.#reserve = reserve
    this.#counts = counts
    this.#clock = clock
  }

  get balance(): number {
    const now = this.#clock.now()
    const earned = this.#reserve + this.#ratio * this.#counts.total(earnings, now)
    return Math.max(0, Math.floor(earned - this.#counts.total(takings, now) + 1e-9))
  }

  earn(): void {
    this.#counts.add(earnings, 1, this.#clock.now())
  }

  take(): boolean {
    if (this.balance < 1) {
      this.refused++
      return false
    }
    this.taken++
    this.#counts.add(takings, 1, this.#clock.now())
    return true
  }
}
