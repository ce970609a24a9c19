/** The last result for each key: at most `max`, of which the one longest without a new result goes first. */
export class LastResults<T, U> {
  readonly #keyOf: (item: T) => unknown
  readonly #max: number
  /** In the order in which they were made. */
  readonly #results = new Map<unknown, { readonly value: U }>()

  constructor(keyOf: (item: T) => unknown, max: number) {
    this.#keyOf = keyOf
    this.#max = max
  }

  get(item: T): { readonly value: U } | undefined {
    return this.#results.get(this.#keyOf(item))
  }

  set(item: T, value: U): void {
    const key = this.#keyOf(item)
    if (!this.#results.delete(key) && this.#results.size >= this.#max) {
      this.#results.delete(this.#results.keys().next().value)
    }
    this.#results.set(key, { value })
  }
}
