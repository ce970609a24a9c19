import type { Clock } from 'forebay'
import type { Lane } from './lane.ts'

const RETRY_MS = 200

/**
 * Keeps at the broker what has ended in the partitions that are ours, one commit after the other: the broker believes the
 * last that comes, so none may overtake. What failed is tried again: keys wait for it.
 *
 * Bounded: one commit is under way, and all who ask meanwhile wait for one more.
 */
export class LaneCommits {
  readonly #clock: Clock
  readonly #lanes: () => readonly Lane[]
  readonly #keep: (lanes: readonly Lane[]) => Promise<void>
  readonly #over: (error: unknown) => void
  #underWay: Promise<void> | undefined
  #next: Promise<void> | undefined
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

  /** Everything that has ended until now is kept when this resolves. */
  commit(): Promise<void> {
    if (this.#underWay === undefined)
      return (this.#underWay = this.#commit().finally(() => (this.#underWay = undefined)))
    const goOn = (): Promise<void> => {
      this.#next = undefined
      return this.commit()
    }
    return (this.#next ??= this.#underWay.then(goOn, goOn))
  }

  close(): void {
    this.#isClosed = true
    this.#cancelRetry?.()
  }

  async #commit(): Promise<void> {
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

  #again(): void {
    this.#cancelRetry = undefined
    this.commit().catch(() => undefined) // there is another try
  }
}
