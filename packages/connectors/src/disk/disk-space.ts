const PAGE_BYTES = 4096
/** What a value takes of the page that names it: key, length and place, in a page that is half full. */
const NODE_BYTES = 128
/** What a commit may take beside its values: a page of each level of the tree at each place that it writes to. */
const COMMIT_BYTES = 64 * 1024

/** What a value of so many bytes takes of a file at most: whole pages. */
export function spaceOf(bytes: number): number {
  return (Math.floor((bytes + NODE_BYTES) / PAGE_BYTES) + 1) * PAGE_BYTES + NODE_BYTES
}

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

  /**
   * Whether a commit has room whose values take `bytes` in all, as {@link spaceOf} has them; one that stores no messages
   * always has: acks go on.
   */
  take(bytes: number, storesMessages: boolean): boolean {
    const grows = bytes + COMMIT_BYTES
    if (storesMessages && this.#atMost + grows > this.#most) {
      this.#atMost = this.#measure()
      if (this.#atMost + grows > this.#most) return false
    }
    this.#atMost += grows
    return true
  }
}
