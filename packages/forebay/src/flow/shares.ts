/**
 * Whose turn it is among lanes with weights (smooth weighted round robin, as in nginx): each lane that holds something
 * earns its weight; the one with most goes, and pays what all have earned. While all hold something, each gets its share
 * of any run of turns, spread evenly; what one does not use goes to the others.
 */
export class Shares {
  readonly #weights: readonly number[]
  readonly #earned: number[]

  constructor(weights: readonly number[]) {
    this.#weights = weights
    this.#earned = weights.map(() => 0)
  }

  /** The lane that goes next; -1 when none holds anything. */
  next(lanes: readonly { readonly length: number }[]): number {
    let best = -1
    let total = 0
    for (const [at, lane] of lanes.entries()) {
      if (lane.length === 0) continue
      const weight = this.#weights[at] as number
      this.#earned[at] = (this.#earned[at] as number) + weight
      total += weight
      if (best === -1 || (this.#earned[at] as number) > (this.#earned[best] as number)) best = at
    }
    if (best !== -1) this.#earned[best] = (this.#earned[best] as number) - total
    return best
  }
}
