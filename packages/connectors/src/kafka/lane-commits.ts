import type { Clock } from 'forebay'
import type { Lane } from './lane.ts'

const RETRY_MS = 200

/** Keeps at the broker what has ended in the partitions that are ours. What failed is tried again: keys wait for it. */
export class LaneCommits {
  readonly #clock: Clock
  readonly #lanes: () => readonly Lane[]
  readonly #keep: (lanes: readonly Lane[]) => Promise<void>
  readonly #over: (error: unknown) => void
  #cancelRetry: (() => void) | undefined
  #isClosed = false

  constructor(options: {
    clock: Clock
    lanes: () => readonly Lane[]
    keep: (lanes: readonly Lane[]) => Promise<void>
    /** Some are kept, or could not be. */
    over: (error: unknown) => void
  }) {
    this.#clock = options.clock
    this.#lanes = options.lanes
    this.#keep = options.keep
    this.#over = options.over
  }

  async commit(): Promise<void> {
    const dirty = this.#lanes().filter((lane) => lane.isDirty)
    if (dirty.length === 0) return
    const ended = dirty.map((lane) => lane.committing())
    try {
      await this.#keep(dirty)
    } catch (error) {
      dirty.forEach((lane, index) => lane.kept(ended[index] ?? [], false))
      if (!this.#isClosed) this.#cancelRetry ??= this.#clock.after(RETRY_MS, () => this.#again())
      this.#over(error)
      throw error
    }
    dirty.forEach((lane, index) => lane.kept(ended[index] ?? [], true))
    this.#over(undefined)
  }

  close(): void {
    this.#isClosed = true
    this.#cancelRetry?.()
  }

  #again(): void {
    this.#cancelRetry = undefined
    this.commit().catch(() => undefined) // there is another try
  }
}
