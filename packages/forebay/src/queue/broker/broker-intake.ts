import { ForebayError } from '../../kernel/errors.ts'
import { Shed } from '../../kernel/shed.ts'
import type { Admission } from '../admission.ts'
import { unsupported } from '../caps.ts'
import type { Counters } from '../counters.ts'
import { encodeItems, type EncodedItem } from '../put-items.ts'
import type { PutItem, PutResult } from '../queue.ts'
import { retryAfterMs } from '../retry-after.ts'
import type { RoomGrant } from '../room-grant.ts'
import type { Settings } from '../settings.ts'
import type { BrokerLink, Outgoing, PutStatus } from './broker-link.ts'
import type { Outbox } from './outbox.ts'

/** The way into a queue of a broker: room is found as far as this client knows, then the broker has the last word. */
export class BrokerIntake<T> {
  readonly #settings: Settings<T>
  readonly #admission: Admission
  readonly #counters: Counters
  readonly #outbox: Outbox
  readonly #link: BrokerLink
  readonly #refresh: () => Promise<void>
  readonly #stored: (items: readonly Outgoing[]) => void
  /** What makes ids of this client different from those of all others. */
  readonly #client: string
  #next = 0

  constructor(options: {
    settings: Settings<T>
    admission: Admission
    counters: Counters
    outbox: Outbox
    link: BrokerLink
    /** Asks the broker how full it is. */
    refresh: () => Promise<void>
    stored: (items: readonly Outgoing[]) => void
  }) {
    this.#settings = options.settings
    this.#admission = options.admission
    this.#counters = options.counters
    this.#outbox = options.outbox
    this.#link = options.link
    this.#refresh = options.refresh
    this.#stored = options.stored
    this.#client = Math.floor(options.settings.random.next() * 2 ** 48).toString(36)
  }

  async put(
    items: readonly PutItem<T>[],
    grant: RoomGrant | undefined,
    signal: AbortSignal | undefined,
  ): Promise<PutResult[]> {
    try {
      const outgoing = this.#outgoing(items)
      if (this.#admission.isClosed) throw new ForebayError('FOREBAY_CLOSED', `${this.#settings.name} is closed`)
      const answer = await this.#repeated(outgoing, grant)
      return this.#results(outgoing, answer ?? (await this.#send(outgoing, grant, signal)))
    } catch (error) {
      this.#counters.rejected += items.length
      throw error
    }
  }

  /** Within a transaction of the caller's: what it stores is counted when the broker says that it is there. */
  async putWithin(transaction: unknown, items: readonly PutItem<T>[]): Promise<PutResult[]> {
    const { name } = this.#settings
    if (this.#link.putWithin === undefined) throw unsupported(name, 'transaction')
    try {
      const outgoing = this.#outgoing(items)
      if (this.#admission.isClosed) throw new ForebayError('FOREBAY_CLOSED', `${name} is closed`)
      const statuses = await this.#link.putWithin(transaction, outgoing)
      if (statuses.includes('full')) throw this.#full(items.length)
      return outgoing.map(({ id }, index) => ({ id, status: statuses[index] as PutResult['status'] }))
    } catch (error) {
      this.#counters.rejected += items.length
      throw error
    }
  }

  #outgoing(items: readonly PutItem<T>[]): Outgoing[] {
    const encoded: EncodedItem[] = encodeItems(items, this.#settings)
    for (const item of encoded) {
      // In its place: a copy of each would be one more object until the broker has answered.
      ;(item as { id: string }).id = item.id ?? `${this.#client}-${(this.#next++).toString(36)}`
      const refusal = this.#link.refuses?.(item as Outgoing)
      if (refusal !== undefined) throw refusal
    }
    return encoded as Outgoing[]
  }

  /** A put of nothing but repetitions needs no room: the broker is asked before anybody waits for it. */
  async #repeated(items: readonly Outgoing[], grant: RoomGrant | undefined): Promise<readonly PutStatus[] | undefined> {
    const { credit } = this.#admission
    if (grant !== undefined || credit.reason !== 'full' || !items.every((item) => item.isKnown)) return undefined
    const statuses = await this.#outbox.put(items, false)
    if (statuses.includes('full')) return undefined
    const stored = storedOf(items, statuses)
    this.#admission.carry(stored.length, bytesOf(stored)) // there was room after all
    return statuses
  }

  async #send(
    items: readonly Outgoing[],
    grant: RoomGrant | undefined,
    signal: AbortSignal | undefined,
  ): Promise<readonly PutStatus[]> {
    const bytes = bytesOf(items)
    await this.#findRoom(items.length, bytes, grant, signal)
    const { overflow } = this.#settings
    let isAnswered = false
    try {
      const statuses = await this.#outbox.put(items, overflow === 'backpressure')
      if (statuses.includes('full')) throw this.#full(items.length)
      isAnswered = true
      const stored = storedOf(items, statuses)
      const storedBytes = stored === items ? bytes : bytesOf(stored)
      this.#admission.arrived(stored.length, storedBytes)
      const lost = items.length - stored.length
      if (lost > 0) this.#admission.give(lost, bytes - storedBytes)
      return statuses
    } finally {
      if (!isAnswered) this.#admission.give(items.length, bytes)
    }
  }

  async #findRoom(
    count: number,
    bytes: number,
    grant: RoomGrant | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { maxItems, maxBytes } = this.#settings
    if (count > maxItems || bytes > maxBytes)
      if (!this.#settings.overflow.startsWith('drop-')) throw this.#admission.tooLarge(count, bytes)
    const granted = grant?.spend(count, bytes) ?? { items: 0, bytes: 0 }
    try {
      await this.#take(count - granted.items, bytes - granted.bytes, signal)
    } catch (error) {
      this.#admission.give(granted.items, granted.bytes)
      throw error
    }
  }

  async #take(count: number, bytes: number, signal: AbortSignal | undefined): Promise<void> {
    if (count === 0 && bytes === 0) return
    const { overflow, name } = this.#settings
    if (overflow === 'backpressure') return this.#admission.take(count, bytes, signal)
    const { reason, message } = this.#admission.credit
    if (reason === 'disk' || reason === 'broker')
      throw new ForebayError('FOREBAY_UNAVAILABLE', `${name}: the broker takes nothing now: ${message}`, {
        retryable: true,
      })
    if (overflow.startsWith('drop-')) return this.#admission.take(count, bytes, signal)
    if (this.#admission.tryTake(count, bytes)) return
    await this.#refresh() // before somebody is refused, the broker is asked
    if (!this.#admission.tryTake(count, bytes)) throw this.#full(count)
  }

  #full(count: number): Error {
    const { overflow, name } = this.#settings
    if (overflow === 'fail') return new ForebayError('FOREBAY_OVERFLOW', `${name} is full`)
    const missing = count - this.#admission.credit.items
    return new Shed({ reason: 'line', gate: name, retryAfterMs: retryAfterMs(missing, this.#counters.out) })
  }

  #results(items: readonly Outgoing[], statuses: readonly PutStatus[]): PutResult[] {
    const counters = this.#counters
    const results = items.map((item, index): PutResult => {
      const status = statuses[index] as PutResult['status']
      if (status === 'duplicate') counters.duplicates++
      else if (status !== 'stored') counters.drop('newest')
      return { id: item.id, status }
    })
    const stored = storedOf(items, statuses)
    counters.stored += stored.length
    counters.in.add(stored.length)
    this.#stored(stored)
    return results
  }
}

/** Those that are stored; as a rule all. */
function storedOf(items: readonly Outgoing[], statuses: readonly PutStatus[]): readonly Outgoing[] {
  return statuses.every((status) => status === 'stored')
    ? items
    : items.filter((_, index) => statuses[index] === 'stored')
}

function bytesOf(items: readonly Outgoing[]): number {
  let bytes = 0
  for (const item of items) bytes += item.bytes
  return bytes
}
