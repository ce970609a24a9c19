const MAX_MARKS = 256

/**
 * When the items of a queue arrived, without a time per item: items that arrived at one reading of the
 * clock share a mark. Past {@link MAX_MARKS} new arrivals share the last mark, which makes a very long
 * queue look a little older than it is, never younger. For items that leave from the front only.
 */
export class AgeMarks {
  #marks: { readonly seq: number; readonly at: number }[] = []

  /** Item number `seq` (from 1) is the first that arrived at `at`; `gone` items have left. */
  arrived(seq: number, at: number, gone: number): void {
    if (this.#marks.length >= MAX_MARKS) {
      this.#prune(gone)
      if (this.#marks.length >= MAX_MARKS) return
    }
    this.#marks.push({ seq, at })
  }

  /** When the oldest item that has not left arrived; there is one. */
  oldestAt(gone: number): number {
    this.#prune(gone)
    return (this.#marks[0] as { at: number }).at
  }

  /** Keeps the newest mark that covers the first item still here, and what comes behind it. */
  #prune(gone: number): void {
    let covering = 0
    for (let i = 1; i < this.#marks.length && (this.#marks[i] as { seq: number }).seq <= gone + 1; i++) covering = i
    if (covering > 0) this.#marks = this.#marks.slice(covering)
  }
}
