import type { Journal } from './journal.ts'
import { OpenQueues, type Place } from './open-queues.ts'
import type { Queue } from './queue.ts'
import { QueueEngine } from './queue-engine.ts'
import type { Settings } from './settings.ts'

/** What a place for journals has to bring to be a store. */
export interface JournalPlace extends Place {
  /** Opens the journal of a queue, or makes it. `bounds` are what the queue may hold. */
  openJournal(name: string, bounds: { maxItems: number; maxBytes: number }): Promise<Journal>
}

/** A store whose queues are queue engines over journals. */
export class JournalStore extends OpenQueues {
  readonly #journals: JournalPlace

  constructor(place: JournalPlace) {
    super(place)
    this.#journals = place
  }

  protected async open<T>(settings: Settings<T>, onClosed: () => void): Promise<Queue<T>> {
    const journal = await this.#journals.openJournal(settings.name, settings)
    return QueueEngine.open(settings, journal, onClosed)
  }
}
