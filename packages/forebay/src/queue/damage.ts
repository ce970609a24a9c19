import type { ChunkRef } from './chunk.ts'
import type { Counters } from './counters.ts'
import type { GroupCommit } from './group-commit.ts'
import { HELD, LATER } from './lanes.ts'
import type { Loader } from './loader.ts'

/**
 * Counts what was lost with chunks that cannot be read, as dropped with the reason `corrupt`. When not even the
 * number of messages of a chunk can be read, it is what the totals still hold once everything else has ended.
 */
export class Damage {
  readonly #commit: GroupCommit
  readonly #counters: Counters
  #isUnknown = false

  constructor(commit: GroupCommit, counters: Counters) {
    this.#commit = commit
    this.#counters = counters
  }

  /** A chunk is lost with `items` messages, 0 when that is not known. */
  lost(ref: ChunkRef, items: number, bytes: number): void {
    if (items === 0) this.#isUnknown = true
    this.#commit.pending.remove(ref, items, bytes)
    this.#count(ref.lane, items, bytes)
  }

  /** Finds out how many messages were lost, once nothing else is left. */
  settle(isEmpty: boolean, loader: Loader): void {
    if (!this.#isUnknown || !isEmpty || loader.hasMore()) return
    const { retained, dead, delayed, bytes } = this.#counters
    this.#isUnknown = false
    const items = retained - dead
    if (items === 0) return
    const lane = delayed > 0 ? LATER : 0
    const lostBytes = dead === 0 ? bytes : 0
    this.#commit.pending.forget(lane, items, lostBytes)
    this.#count(lane, items, lostBytes)
  }

  #count(lane: number, items: number, bytes: number): void {
    const { pending } = this.#commit
    pending.freedItems += items
    pending.freedBytes += bytes
    this.#counters.retained -= items
    this.#counters.bytes -= bytes
    if (lane === LATER || lane === HELD) this.#counters.delayed -= items
    this.#counters.drop('corrupt', items)
    this.#commit.book()
  }
}
