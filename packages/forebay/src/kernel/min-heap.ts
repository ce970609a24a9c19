/** A binary heap: the item with the smallest rank comes first; equal ranks in no order. Its owner bounds it. */
export class MinHeap<T> {
  readonly #items: T[] = []
  readonly #rank: (item: T) => number

  constructor(rank: (item: T) => number) {
    this.#rank = rank
  }

  get length(): number {
    return this.#items.length
  }

  peek(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    const items = this.#items
    const rank = this.#rank(item)
    let at = items.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = items[parent] as T
      if (this.#rank(above) <= rank) break
      items[at] = above
      at = parent
    }
    items[at] = item
  }

  pop(): T | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (items.length > 0) this.#sink(last as T)
    return first
  }

  /** Keeps only what `keep` accepts: O(n). */
  retain(keep: (item: T) => boolean): void {
    const kept = this.#items.filter(keep)
    this.#items.length = 0
    for (const item of kept) this.push(item)
  }

  /** Everything in it, in no order. */
  values(): readonly T[] {
    return this.#items
  }

  #sink(item: T): void {
    const items = this.#items
    const rank = this.#rank(item)
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      if (child + 1 < items.length && this.#rank(items[child + 1] as T) < this.#rank(items[child] as T)) child++
      const below = items[child] as T
      if (this.#rank(below) >= rank) break
      items[at] = below
      at = child
    }
    items[at] = item
  }
}
