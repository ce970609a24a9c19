import type { Clock } from '../kernel/clock.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { Random } from '../kernel/random.ts'
import type { Caps } from './caps.ts'
import type { Queue, QueueOptions } from './queue.ts'
import { checkSettings, type Settings } from './settings.ts'
import type { Store, StoreReport } from './store.ts'

/** What a place for queues of any kind brings. */
export interface Place {
  readonly url: string
  readonly caps: Caps
  readonly clock: Clock
  readonly random: Random
  readonly reports: readonly StoreReport[]
  list(): string[] | Promise<string[]>
  /** Its queues are closed by then. */
  close(): Promise<void>
}

/** A {@link Store} that keeps account of its open queues; `open` makes one, and `onClosed` is called when that is closed. */
export abstract class OpenQueues implements Store {
  readonly #place: Place
  readonly #open = new Map<string, Promise<Queue<unknown>>>() // one a queue
  readonly #opened = new Map<string, Queue<unknown>>() // those of them that have opened
  #closing: Promise<void> | undefined

  constructor(place: Place) {
    this.#place = place
  }

  protected abstract open<T>(settings: Settings<T>, onClosed: () => void): Promise<Queue<T>>

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
    const opening = this.open(settings, () => {
      this.#open.delete(name)
      this.#opened.delete(name)
    })
    this.#open.set(name, opening as Promise<Queue<unknown>>)
    try {
      const queue = await opening
      if (this.#open.has(name)) this.#opened.set(name, queue as Queue<unknown>)
      return queue
    } catch (error) {
      this.#open.delete(name)
      throw error
    }
  }

  opened(): readonly Queue<unknown>[] {
    return [...this.#opened.values()]
  }

  async list(): Promise<string[]> {
    return (await this.#place.list()).toSorted()
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
