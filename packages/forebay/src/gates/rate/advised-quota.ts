import { unlimited } from '../ask.ts'

/**
 * What the other side has left for us until it counts anew. Of several quotas that one answer names (a second's and a
 * day's) the one with the least left rules until its reset.
 *
 * Of a quota whose size is known, the first half goes as fast as it is asked for; the second half is spread over the
 * time that is left, so that it ends in slowness and not in a stop.
 */
export class AdvisedQuota {
  #left = Infinity
  #resetAt = -Infinity
  #spreadsBelow = 0
  #whole = Infinity

  /** `whole` is the size of the quota, when it is known. */
  advise(remaining: number, resetAt: number, whole: number | undefined, now: number): void {
    // What is under way has not been counted there yet, but is here: while both speak of the same time, the lesser is true.
    if (now < this.#resetAt && remaining > this.#left) return
    this.#left = remaining
    this.#resetAt = resetAt
    this.#whole = whole ?? Infinity
    this.#spreadsBelow = whole === undefined ? 0 : whole / 2
  }

  take(cost: number): void {
    this.#left -= cost
  }

  waitMs(cost: number, now: number): number {
    // What costs more than there ever is would wait for ever; a fresh quota lets it through, and is used up by it.
    return now >= this.#resetAt || Math.min(cost, this.#whole) <= this.#left ? 0 : this.#resetAt - now
  }

  credit(now: number): number {
    return now >= this.#resetAt ? unlimited : Math.min(unlimited, Math.max(0, Math.floor(this.#left)))
  }

  /** Permits a second at which what is left lasts until the reset; `Infinity` while there is enough of it. */
  spreadOver(now: number): number {
    if (now >= this.#resetAt || this.#left > this.#spreadsBelow || this.#left < 1) return Infinity
    return (this.#left / (this.#resetAt - now)) * 1000
  }
}
