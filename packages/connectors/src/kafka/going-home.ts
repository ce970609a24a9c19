import type { Held, StoredMessage } from 'forebay/queue'
import { spotOf } from './lane.ts'

/** How long what could not be brought to the partition of its key stays where it is. */
const STUCK_MS = 1000

/**
 * Brings what was delayed and has a key to the others of its key when its time has come: to the end of their partition,
 * since only who has that knows which of them is out.
 */
export class GoingHome {
  readonly #bring: (messages: readonly StoredMessage[]) => Promise<void>
  readonly #commit: () => Promise<void>
  readonly #over: (error: unknown) => void
  #underWay = 0

  constructor(options: {
    /** Stores messages in the partitions of their keys. */
    bring: (messages: readonly StoredMessage[]) => Promise<void>
    commit: () => Promise<void>
    /** Some have arrived, or have failed to. */
    over: (error: unknown) => void
  }) {
    this.#bring = options.bring
    this.#commit = options.commit
    this.#over = options.over
  }

  /** Journeys that are under way: at most one for what each lane has in memory. */
  get underWay(): number {
    return this.#underWay
  }

  async go(messages: readonly Held[]): Promise<void> {
    this.#underWay++
    for (const held of messages) spotOf(held).lane.homing++
    let failure: unknown
    try {
      const fresh = messages.filter((held) => !spotOf(held).isMoved)
      await this.#bring(fresh.map(({ stored }) => stored))
      for (const held of fresh) spotOf(held).isMoved = true
      for (const held of messages) spotOf(held).lane.settle(held)
      await this.#commit()
    } catch (error) {
      failure = error
      const due = Date.now() + STUCK_MS
      for (const held of messages) spotOf(held).lane.tryAgain(held, { ...held.stored, due })
    }
    for (const held of messages) spotOf(held).lane.homing--
    this.#underWay--
    this.#over(failure)
  }
}
