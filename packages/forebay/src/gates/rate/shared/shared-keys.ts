import { SharedKey } from './shared-key.ts'

/** Keys that are remembered at most while nothing of them is under way: two generations of so many. */
const generation = 5000

/**
 * The keys of a shared rate that this process knows of: those used lately, those used before them, and every one that
 * has something under way, which a bounded line bounds. What is forgotten of an idle key is when the store would say
 * yes again: it is asked once more than it need be.
 */
export class SharedKeys {
  #young = new Map<string, SharedKey>()
  #old = new Map<string, SharedKey>()

  of(name: string): SharedKey {
    let key = this.#young.get(name)
    if (key !== undefined) return key
    key = this.#old.get(name) ?? new SharedKey(name)
    if (this.#young.size >= generation) this.#age()
    this.#young.set(name, key)
    return key
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** Forgets until when the store said that there is nothing: it may say otherwise now. */
  reopen(): void {
    for (const keys of [this.#young, this.#old]) for (const key of keys.values()) key.closedUntil = -Infinity
  }

  #age(): void {
    const busy = [...this.#old].filter(([, key]) => !key.isIdle)
    this.#old = this.#young
    this.#young = new Map(busy)
  }
}
