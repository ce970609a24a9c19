/** A gate that has somebody waiting. */
export interface Watcher {
  /** Looks again who may enter. */
  pump(): void
}

/**
 * What parts have in common: who must be told when one may let more in. Gates join only while somebody waits at them, so a
 * part never keeps alive a composite that is no longer used, and a round starts with another gate
 * each time, so two lines in front of one limit share it evenly.
 */
export class Watched {
  #watchers: Set<Watcher> | undefined = undefined // bounded by the gates in front of one part
  declare changed?: () => void

  watch(watcher: Watcher): void {
    this.#watchers ??= new Set()
    this.#watchers.add(watcher)
  }

  unwatch(watcher: Watcher): void {
    this.#watchers?.delete(watcher)
  }

  notify(): void {
    const watchers = this.#watchers
    if (watchers === undefined || watchers.size === 0) return
    const [first] = watchers as unknown as [Watcher]
    if (watchers.size === 1) return first.pump()
    const round = [...watchers]
    watchers.delete(first)
    watchers.add(first)
    for (const watcher of round) watcher.pump()
  }
}
