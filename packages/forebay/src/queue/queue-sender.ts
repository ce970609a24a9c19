import { checkInteger, checkNumber } from '../kernel/check.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { Admission } from './admission.ts'
import { unsupported } from './caps.ts'
import type { PutItem, PutResult } from './queue.ts'
import { RoomGrant } from './room-grant.ts'
import type { Grant, PutOptions, Sender, SenderCredit } from './sender.ts'

/** The way into a queue: finds room as the overflow policy says, and stores. */
export interface WayIn<T> {
  put(items: readonly PutItem<T>[], grant: RoomGrant | undefined, signal: AbortSignal | undefined): Promise<PutResult[]>
  /** In a transaction of the caller's. */
  putWithin?(transaction: unknown, items: readonly PutItem<T>[]): Promise<PutResult[]>
}

/** A {@link Sender} of a queue, over the engine or a broker. */
export class QueueSender<T> implements Sender<T> {
  readonly #name: string
  readonly #admission: Admission
  readonly #intake: WayIn<T>
  readonly #under = new Set<Promise<unknown>>() // puts that are under way: bounded by the waiting line and the commit
  #isClosed = false

  constructor(name: string, admission: Admission, intake: WayIn<T>) {
    this.#name = name
    this.#admission = admission
    this.#intake = intake
  }

  get credit(): SenderCredit {
    return this.#isClosed ? { items: 0, bytes: 0, state: 'paused', reason: 'closed' } : this.#admission.credit
  }

  async acquire(want: { items: number; bytes?: number }, signal?: AbortSignal): Promise<Grant> {
    const items = checkInteger('items', want.items, 1)
    const bytes = checkNumber('bytes', want.bytes ?? 0, 0, Infinity)
    if (this.#isClosed) throw this.#closed()
    await this.#admission.take(items, bytes, signal)
    return new RoomGrant(this.#admission, items, bytes)
  }

  async put(items: readonly PutItem<T>[], options: PutOptions = {}): Promise<PutResult[]> {
    if (this.#isClosed) throw this.#closed()
    options.signal?.throwIfAborted()
    if (items.length === 0) return []
    const put = this.#put(items, options)
    this.#under.add(put)
    try {
      return await put
    } finally {
      this.#under.delete(put)
    }
  }

  onCredit(listener: (credit: SenderCredit) => void): () => void {
    return this.#admission.onCredit(listener)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#under)
  }

  #put(items: readonly PutItem<T>[], { transaction, grant, signal }: PutOptions): Promise<PutResult[]> {
    if (transaction === undefined) return this.#intake.put(items, grant as RoomGrant | undefined, signal)
    if (this.#intake.putWithin === undefined) throw unsupported(this.#name, 'transaction')
    return this.#intake.putWithin(transaction, items)
  }

  #closed(): ForebayError {
    return new ForebayError('FOREBAY_CLOSED', `a sender of ${this.#name} is closed`)
  }
}
