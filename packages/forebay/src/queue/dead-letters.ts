import type { Clock } from '../kernel/clock.ts'
import { Chunk, type ChunkRef } from './chunk.ts'
import type { Counters } from './counters.ts'
import type { GroupCommit } from './group-commit.ts'
import type { Inspection } from './inspection.ts'
import type { Journal } from './journal.ts'
import { DEAD, readyLane } from './lanes.ts'
import { pause } from './pause.ts'
import { checkRedrive } from './redrive.ts'
import type { RedriveOptions } from './queue.ts'
import type { StoredMessage } from './stored-message.ts'

/** The dead letters of a queue: put back, or thrown away. One such task at a time. */
export class DeadLetters<T> {
  readonly #journal: Journal
  readonly #commit: GroupCommit
  readonly #counters: Counters
  readonly #inspection: Inspection<T>
  readonly #clock: Clock
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: {
    journal: Journal
    commit: GroupCommit
    counters: Counters
    inspection: Inspection<T>
    clock: Clock
  }) {
    this.#journal = options.journal
    this.#commit = options.commit
    this.#counters = options.counters
    this.#inspection = options.inspection
    this.#clock = options.clock
  }

  redrive(options: RedriveOptions<T>): Promise<number> {
    const { max, rate, filter, bucket } = checkRedrive(options)
    let left = bucket
    let count = 0
    return this.#each(options.signal, async (message, chunk, index) => {
      if (!filter(this.#inspection.picture(message, message.failed))) return 'next'
      this.#putBack(message, chunk, index)
      if (++count >= max) return 'stop'
      if (--left > 0) return 'next'
      left = bucket
      await this.#commit.durable()
      await pause(this.#clock, (bucket * 1000) / rate, options.signal)
      return 'next'
    })
  }

  purge(): Promise<number> {
    return this.#each(undefined, async (message, chunk, index) => {
      const { pending } = this.#commit
      pending.settle(chunk, index, message.bytes)
      pending.freedItems++
      pending.freedBytes += message.bytes
      pending.ends.push({ id: message.id, end: 'dropped', reason: 'purged' })
      this.#counters.drop('purged')
      this.#counters.dead--
      this.#counters.retained--
      this.#counters.bytes -= message.bytes
      return 'next'
    })
  }

  /** Visits the dead letters there are now, oldest first; counts those that were settled. */
  #each(
    signal: AbortSignal | undefined,
    visit: (message: StoredMessage, chunk: Chunk, index: number) => Promise<'next' | 'stop'>,
  ): Promise<number> {
    const task = this.#turn.then(() => this.#visit(signal, visit))
    this.#turn = task.catch(() => undefined)
    return task
  }

  async #visit(
    signal: AbortSignal | undefined,
    visit: (message: StoredMessage, chunk: Chunk, index: number) => Promise<'next' | 'stop'>,
  ): Promise<number> {
    await this.#commit.durable() // what has just died is visited as well
    let count = 0
    const end = this.#commit.nextNumber()
    let ref: ChunkRef | undefined
    while ((ref = this.#journal.nextRef(DEAD, ref)) !== undefined && ref.seq < end) {
      const { messages, settled, lost } = await this.#journal.read(ref)
      if (lost !== undefined) continue
      const chunk = new Chunk(ref, messages.length, settled)
      for (let index = 0; index < messages.length; index++) {
        signal?.throwIfAborted()
        if (chunk.isSettled(index)) continue
        const next = await visit(messages[index] as StoredMessage, chunk, index)
        if (chunk.isSettled(index)) count++
        if (next === 'stop') {
          await this.#commit.durable()
          return count
        }
      }
      this.#commit.book()
      await this.#commit.durable()
    }
    return count
  }

  /** Back to the end of its lane, with fresh attempts; id, headers and history stay. */
  #putBack(message: StoredMessage, chunk: Chunk, index: number): void {
    const { pending } = this.#commit
    pending.settle(chunk, index, message.bytes)
    pending.append(readyLane(message.level, message.group), 0, {
      ...message,
      seq: this.#commit.nextNumber(),
      failed: 0,
      expiresAt: 0, // an operator put it back: it is wanted, however old
    })
    this.#counters.dead--
    this.#counters.redriven++
    this.#commit.book()
  }
}
