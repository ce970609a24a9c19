import { Chain } from './chain.ts'
import type { KeyQueue } from './key-queue.ts'

/**
 * Finds the key that waits with the most cost, in O(1), to within a factor of two: keys stand in one
 * chain per power of two of their cost, and a bit for each chain that is not empty.
 *
 *     occupied  0 … 0 1 0 0 1 1
 *                     │     │ └─ cost < 2:   a b c d
 *                     │     └─── cost 2–3:   e f
 *                     └───────── cost 16–31: g          <- the fattest
 */
export class Fattest {
  readonly #chains: Chain<KeyQueue>[] = [] // 31 at most, each made when it is first needed
  #occupied = 0

  /** Puts `queue` where its cost belongs; one that has nobody left leaves. */
  place(queue: KeyQueue): void {
    const { girth } = queue
    const from = girth.chain
    const to = queue.waiters.length === 0 ? undefined : (this.#chains[girthOf(queue.cost)] ??= new Chain<KeyQueue>())
    if (from === to) return
    if (from !== undefined) {
      from.remove(girth)
      if (from.length === 0) this.#occupied &= ~(1 << this.#chains.indexOf(from))
    }
    if (to !== undefined) {
      to.append(girth)
      this.#occupied |= 1 << girthOf(queue.cost)
    }
  }

  /** A key whose cost is more than half of the greatest; among equals the one longest so. */
  get(): KeyQueue | undefined {
    return this.#occupied === 0 ? undefined : this.#chains[31 - Math.clz32(this.#occupied)]?.first?.owner
  }
}

function girthOf(cost: number): number {
  return cost < 2 ? 0 : 31 - Math.clz32(Math.min(cost, 0x7fffffff))
}
