import type { DedupeWindow } from './dedupe-window.ts'
import type { PendingChanges } from './pending-changes.ts'

/**
 * Puts that the disk has refused and that wait for it, and all that were made since: they stay in order, and nobody is
 * told that his is a repetition of one that is not stored. Their ids are not written before they are.
 */
export class RefusedPuts {
  readonly #dedupe: DedupeWindow | undefined
  #puts: PendingChanges | undefined
  /** The next commit takes them along. */
  isTrying = false

  constructor(dedupe: DedupeWindow | undefined) {
    this.#dedupe = dedupe
  }

  get isEmpty(): boolean {
    return this.#puts === undefined
  }

  tryAgain(): void {
    this.isTrying = this.#puts !== undefined
  }

  /** Behind those that wait already. */
  add(puts: PendingChanges): void {
    if (puts.tickets.length === 0) return
    this.#dedupe?.hold(idsOf(puts))
    if (this.#puts !== undefined) puts.prepend(this.#puts)
    this.#puts = puts
  }

  /**
   * Makes `changes` those that are to be written now: with the puts that wait, if they are to be tried again, else
   * without any. Whether there is something to write.
   */
  join(changes: PendingChanges, isLast: boolean): boolean {
    if (this.#puts === undefined) return true
    if (!this.isTrying && !isLast) {
      this.add(changes.takePuts(() => true))
      return changes.hasMore
    }
    this.isTrying = false
    this.#dedupe?.resume(idsOf(this.#puts))
    changes.prepend(this.#puts)
    this.#puts = undefined
    return true
  }
}

function idsOf(puts: PendingChanges): Set<string> {
  return new Set(puts.tickets.flatMap(({ ids }) => ids))
}
