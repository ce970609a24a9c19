/** A gate that has somebody waiting. */
export interface Watcher {
  /** Looks again who may enter. */
  pump(): void
}

/**
 * Who must be told when a part may let more in. Gates join only while somebody waits at them, so a
 * part never keeps alive a composite that is no longer used, and a round starts with another gate
 * each time, so two lines in front of one limit share it evenly.
 */
export class Watchers {
  readonly #watchers = new Set<Watcher>() // bounded by the gates in front of one part

  add(watcher: Watcher): void {
    this.#watchers.add(watcher)
  }

  delete(watcher: Watcher): void {
    this.#watchers.delete(watcher)
  }

  notify(): void {
    if (this.#watchers.size === 0) return
    const round = [...this.#watchers]
    const first = round[0] as Watcher
    if (round.length > 1) {
      this.#watchers.delete(first)
      this.#watchers.add(first)
    }
    for (const watcher of round) watcher.pump()
  }
}
