import type { CallerCounts } from '../../kernel/gate.ts'
import { AskTally } from './ask-tally.ts'

/** A key that is counted. */
class Caller extends AskTally {
  readonly key: string
  /** Asks of this key, and those of the key whose place it took: never fewer than it has made. */
  asks: number
  /** Cost that was let in. */
  cost = 0

  constructor(key: string, asks: number) {
    super()
    this.key = key
    this.asks = asks
  }
}

/** Longest key that is shown; what is longer ends in `…`. */
const longestKey = 80

/**
 * Who asks, what he is given and what he is refused: an account for each of the `max` keys that ask most, and one for all
 * others, so that keys which strangers invent cost no memory.
 *
 * Which keys those are is found as by Space-Saving (Metwally, Agrawal and El Abbadi, "Efficient Computation of Frequent
 * and Top-k Elements in Data Streams", ICDT 2005): an unknown key takes the place of the one that has asked least, and
 * inherits its rank, so every key with more than one in `max` of all asks is among them. Its account begins at
 * nothing: what it did before, and what the key did that had to go, is with the others. A key that waits keeps its place.
 */
export class CallerLedger {
  readonly #max: number
  readonly #callers = new Map<string, Caller>() // bounded by max
  readonly #others = new Caller('others', 0)
  /** All cost that was let in. */
  #cost = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Somebody of `key` stands in line. */
  wait(key: string): void {
    this.#asked(key).waiting++
  }

  give(key: string, cost: number, hasWaited: boolean): void {
    const caller = hasWaited ? this.#known(key) : this.#asked(key)
    caller.give(hasWaited)
    caller.cost += cost
    this.#cost += cost
  }

  refuse(key: string, reason: string, hasWaited: boolean): void {
    const caller = hasWaited ? this.#known(key) : this.#asked(key)
    caller.refuse(reason, hasWaited)
  }

  /** Those that ask most, most first. */
  top(): CallerCounts[] {
    const sorted = [...this.#callers.values()].sort((a, b) => b.asks - a.asks)
    return sorted.map((caller) => this.#show(caller))
  }

  others(): CallerCounts {
    return this.#show(this.#others)
  }

  #show(caller: Caller): CallerCounts {
    const { key, cost } = caller
    const name = key.length > longestKey ? `${key.slice(0, longestKey - 1)}…` : key
    return { key: name, ...caller.counts(), share: this.#cost === 0 ? 0 : cost / this.#cost }
  }

  /** The account of somebody who has stood in line: it is where he was counted then. */
  #known(key: string): Caller {
    const caller = this.#callers.get(key)
    return caller === undefined || caller.waiting === 0 ? this.#others : caller
  }

  #asked(key: string): Caller {
    let caller = this.#callers.get(key)
    if (caller === undefined) caller = this.#enter(key)
    caller.asks++
    return caller
  }

  #enter(key: string): Caller {
    let asks = 0
    if (this.#callers.size >= this.#max) {
      const least = this.#least()
      if (least === undefined) return this.#others
      this.#callers.delete(least.key)
      this.#others.add(least)
      this.#others.cost += least.cost
      asks = least.asks
    }
    const caller = new Caller(key, asks)
    this.#callers.set(key, caller)
    return caller
  }

  /** Whoever has asked least of those that do not wait. O(max), and only for a key that is not counted. */
  #least(): Caller | undefined {
    let least: Caller | undefined
    for (const caller of this.#callers.values()) {
      if (caller.waiting === 0 && (least === undefined || caller.asks < least.asks)) least = caller
    }
    return least
  }
}
