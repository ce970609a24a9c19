import type { Clock } from '../kernel/clock.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { Random } from '../kernel/random.ts'
import type { Caps } from './caps.ts'
import type { Journal } from './journal.ts'
import type { Queue, QueueOptions } from './queue.ts'
import { QueueEngine } from './queue-engine.ts'
import { checkSettings } from './settings.ts'
import type { Store, StoreReport } from './store.ts'

/** What a place for journals has to bring to be a {@link Store}. */
export interface JournalPlace {
  readonly url: string
  readonly caps: Caps
  readonly clock: Clock
  readonly random: Random
  /** Opens the journal of a queue, or makes it. `bounds` are what the queue may hold. */
  openJournal(name: string, bounds: { maxItems: number; maxBytes: number }): Promise<Journal>
  list(): string[]
  readonly reports: readonly StoreReport[]
  /** All journals are closed by then. */
  close(): Promise<void>
}

/** A {@link Store} whose queues are queue engines over journals. */
export class JournalStore implements Store {
  readonly #place: JournalPlace
  readonly #open = new Map<string, Promise<Queue<unknown>>>() // one a queue
  #closing: Promise<void> | undefined

  constructor(place: JournalPlace) {
    this.#place = place
  }

  get url(): string {
    return this.#place.url
  }

  get caps(): Caps {
    return this.#place.caps
  }

  get reports(): readonly StoreReport[] {
    return this.#place.reports
  }

  async queue<T>(name: string, options: QueueOptions<T> = {}): Promise<Queue<T>> {
    const { url, caps, clock, random } = this.#place
    const settings = checkSettings(name, options, { store: url, caps, clock, random })
    if (this.#closing !== undefined) throw new ForebayError('FOREBAY_CLOSED', `the store ${url} is closed`)
    if (this.#open.has(name)) throw new ForebayError('FOREBAY_UNAVAILABLE', `queue ${name} of ${url} is open already`)
    const opening = this.#place
      .openJournal(name, settings)
      .then((journal) => QueueEngine.open(settings, journal, () => this.#open.delete(name)))
    this.#open.set(name, opening as Promise<Queue<unknown>>)
    try {
      return await opening
    } catch (error) {
      this.#open.delete(name)
      throw error
    }
  }

  async list(): Promise<string[]> {
    return this.#place.list().toSorted()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const open = await Promise.allSettled(this.#open.values())
    const closed = await Promise.allSettled(
      open.flatMap((result) => (result.status === 'fulfilled' ? [result.value.close()] : [])),
    )
    await this.#place.close()
    for (const result of closed) if (result.status === 'rejected') throw result.reason
  }
}
