import type { Random } from 'forebay/testkit'
import { show } from './check.ts'

/** Picks an index by chance, each as often as its share says. */
export class Shares {
  /** What the shares up to an index come to; the last one is their sum. */
  readonly #sums: readonly number[]

  /** Throws `RangeError` naming `option` unless all are numbers ≥ 0, and one is above. */
  constructor(option: string, shares: readonly unknown[]) {
    let sum = 0
    this.#sums = shares.map((share) => {
      if (typeof share !== 'number' || !(share >= 0 && share <= 1e9)) {
        throw new RangeError(`${option}: expected shares from 0 to 1e9, got ${show(share)}`)
      }
      return (sum += share)
    })
    if (sum === 0) throw new RangeError(`${option}: expected at least one share above 0`)
  }

  pick(random: Random): number {
    if (this.#sums.length === 1) return 0
    const point = random.next() * (this.#sums.at(-1) as number)
    return this.#sums.findIndex((sum) => point < sum)
  }
}
