/** What a value may take beside its bytes: the rest of its last page, and a page of each level that splits for it. */
const VALUE_BYTES = 12 * 1024
/** What else a commit may add: the state of the queue, ids that it remembers, the first pages of a tree. */
const COMMIT_BYTES = 256 * 1024

/**
 * Keeps a file within its bound. Its pages are counted only when they might be too many: asking LMDB takes 16 µs for each
 * queue, and that at every commit.
 */
export class DiskSpace {
  readonly #most: number
  readonly #measure: () => number
  /** Never less than what is in use. */
  #atMost = Infinity

  /** `measure` counts the bytes of all pages in use. */
  constructor(most: number, measure: () => number) {
    this.#most = most
    this.#measure = measure
  }

  /** Whether a commit of `values`, chunks of `bytes` in all among them, has room; without chunks it always has: acks go on. */
  take(bytes: number, values: number): boolean {
    const grows = bytes + values * VALUE_BYTES + COMMIT_BYTES
    if (bytes === 0 || this.#atMost + grows <= this.#most) {
      this.#atMost += grows
      return true
    }
    const used = this.#measure()
    this.#atMost = used + grows
    return used + bytes <= this.#most
  }
}
