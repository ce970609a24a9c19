import type { Clock } from '../kernel/clock.ts'
import type { StageAccount } from '../kernel/stage-account.ts'

/** Calls shorter than this are timed less and less often, ms. */
const QUICK_MS = 0.02
const MAX_SKIP = 63

/**
 * The share of the event loop that the synchronous parts of a stage's work take. One call is timed and stands for
 * those before it that were not: every call while they are long, one in 64 when they are quick. It never stands for
 * more than the time that has passed since the last one.
 */
export class CpuShare {
  /** Calls until the next one is timed. */
  #left = 0
  #skip = 0
  /** When the last timed call was over. */
  #at: number
  readonly #stage: StageAccount
  readonly #env: { readonly clock: Clock; readonly accounting: boolean }

  constructor(stage: StageAccount, env: { readonly clock: Clock; readonly accounting: boolean }) {
    this.#stage = stage
    this.#env = env
    this.#at = env.clock.now()
  }

  /** Whether the next call is to be timed. */
  isDue(): boolean {
    if (this.#left === 0) return this.#env.accounting
    this.#left--
    return false
  }

  /** Times a call that is due. */
  time<T>(call: () => T): T {
    const { clock } = this.#env
    const from = clock.now()
    try {
      return call()
    } finally {
      const now = clock.now()
      const ms = now - from
      this.#stage.cpuMs += Math.min(ms * (this.#skip + 1), now - this.#at)
      this.#at = now
      this.#left = this.#skip = ms < QUICK_MS ? Math.min(MAX_SKIP, this.#skip * 2 + 1) : this.#skip >> 2
    }
  }
}
