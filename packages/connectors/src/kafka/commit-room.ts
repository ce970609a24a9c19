import { isSureToFit, type SettledOffsets } from './settled-offsets.ts'

/**
 * What may be out of a partition, so that all of it can end, in whatever order, and still be written into one commit.
 *
 * Out of two neighbours only one can begin a run, and who stands behind one that has ended begins none. So the pairs of
 * neighbours (an even offset and the next) with something out that may begin a run are the most that can be added, and
 * a message that closes a hole can always go out.
 */
export class CommitRoom {
  readonly #settled: SettledOffsets
  /** What is out and may begin a run. Bounded by the runs that fit. */
  readonly #beginners = new Set<number>()
  #pairs = 0
  /** One more than the highest that was ever out: what lies below is to be in every commit. */
  #end: number

  constructor(settled: SettledOffsets) {
    this.#settled = settled
    this.#end = settled.end
  }

  /** Whether the end of this message is sure to be kept if it goes out, and so is that of all that are out. */
  fits(offset: number): boolean {
    const begins = !this.#settled.has(offset - 1)
    if (!begins && offset < this.#end) return true
    const end = Math.max(this.#end, offset + 1)
    const isNew = begins && !this.#beginners.has(neighbour(offset))
    return isSureToFit(this.#settled.runsBelow(end) + this.#pairs + (isNew ? 1 : 0), end - this.#settled.watermark)
  }

  /** It is out. */
  took(offset: number): void {
    this.cover(offset + 1)
    if (this.#settled.has(offset - 1)) return
    this.#beginners.add(offset)
    if (!this.#beginners.has(neighbour(offset))) this.#pairs++
  }

  /** It was given back or has ended. */
  left(offset: number): void {
    this.#drop(offset)
    if (this.#settled.has(offset)) this.#drop(offset + 1)
  }

  /** What has ended below is to be in every commit. */
  cover(end: number): void {
    this.#end = Math.max(this.#end, end)
  }

  #drop(offset: number): void {
    if (this.#beginners.delete(offset) && !this.#beginners.has(neighbour(offset))) this.#pairs--
  }
}

function neighbour(offset: number): number {
  return offset % 2 === 0 ? offset + 1 : offset - 1
}
