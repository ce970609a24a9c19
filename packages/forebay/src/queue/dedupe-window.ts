export interface IdRecord {
  readonly record: number
  readonly stamp: number
  readonly ids: readonly string[]
}

/** What a commit writes about ids. */
export interface FlushedIds {
  readonly ids: IdRecord | undefined
  readonly forgotten: readonly number[]
}

/**
 * The ids that were put lately, by time and by number: the oldest are forgotten first. They are written in
 * records, one a commit; a record is forgotten as soon as none of its ids count any more.
 */
export class DedupeWindow {
  readonly #withinMs: number
  readonly #max: number
  /** Oldest first: a Map keeps the order in which ids were added. At most `max`. */
  readonly #stamps = new Map<string, number>()
  /** What is written, oldest first: at most `max` ids and one record more. */
  #records: { record: number; stamp: number; count: number }[] = []
  #recorded = 0
  #added: string[] = []
  #forgotten: number[] = []

  constructor(options: { withinMs: number; max: number }) {
    this.#withinMs = options.withinMs
    this.#max = options.max
  }

  get size(): number {
    return this.#stamps.size
  }

  /** Takes over what an earlier process had written. */
  recover(records: readonly IdRecord[]): void {
    for (const { record, stamp, ids } of records) {
      for (const id of ids) this.#stamps.set(id, stamp)
      this.#records.push({ record, stamp, count: ids.length })
      this.#recorded += ids.length
    }
  }

  has(id: string, now: number): boolean {
    const stamp = this.#stamps.get(id)
    return stamp !== undefined && stamp > now - this.#withinMs
  }

  add(id: string, now: number): void {
    this.#stamps.delete(id) // one that has expired gets a new place
    this.#stamps.set(id, now)
    this.#added.push(id)
    for (const [oldest, stamp] of this.#stamps) {
      if (this.#stamps.size <= this.#max && stamp > now - this.#withinMs) break
      this.#stamps.delete(oldest)
    }
  }

  /** Takes back ids whose messages were not stored after all. */
  remove(ids: ReadonlySet<string>): void {
    for (const id of ids) this.#stamps.delete(id)
    this.hold(ids)
  }

  /** These are known, and not written: their messages wait. */
  hold(ids: ReadonlySet<string>): void {
    this.#added = this.#added.filter((id) => !ids.has(id))
  }

  /** Their messages are in the next commit, and so are they. */
  resume(ids: Iterable<string>): void {
    this.#added = [...ids, ...this.#added]
  }

  /** What the next commit writes. */
  flush(record: number, now: number): FlushedIds {
    const ids = this.#added
    this.#added = []
    if (ids.length > 0) this.#records.push({ record, stamp: now, count: ids.length })
    this.#recorded += ids.length
    let stale = 0
    for (const { stamp, count } of this.#records) {
      if (stamp > now - this.#withinMs && this.#recorded - count < this.#max) break
      this.#recorded -= count
      stale++
    }
    const forgotten = [...this.#forgotten, ...this.#records.splice(0, stale).map((entry) => entry.record)]
    this.#forgotten = []
    return { ids: ids.length === 0 ? undefined : { record, stamp: now, ids }, forgotten }
  }

  /** That commit has failed: the next one writes it again. */
  unflush({ ids, forgotten }: FlushedIds): void {
    this.#forgotten.push(...forgotten)
    if (ids === undefined) return
    this.#added = [...ids.ids, ...this.#added]
    if (this.#records.at(-1)?.record !== ids.record) return
    this.#records.pop()
    this.#recorded -= ids.ids.length
  }
}
