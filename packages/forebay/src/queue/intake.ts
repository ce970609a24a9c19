import { ForebayError } from '../kernel/errors.ts'
import { Shed } from '../kernel/shed.ts'
import type { Admission } from './admission.ts'
import type { Counters } from './counters.ts'
import type { DedupeWindow } from './dedupe-window.ts'
import type { Evictor } from './evictor.ts'
import type { GroupCommit } from './group-commit.ts'
import { LATER, readyLane } from './lanes.ts'
import { encodeItems, type EncodedItem } from './put-items.ts'
import type { PutItem, PutResult } from './queue.ts'
import type { QueueTime } from './queue-time.ts'
import { retryAfterMs } from './retry-after.ts'
import type { RoomGrant } from './room-grant.ts'
import type { Settings } from './settings.ts'
import type { StoredMessage } from './stored-message.ts'

/** The way in: repetitions are recognised, room is found as the overflow policy says, then the batch joins the next commit. */
export class Intake<T> {
  readonly #settings: Settings<T>
  readonly #admission: Admission
  readonly #commit: GroupCommit
  readonly #counters: Counters
  readonly #dedupe: DedupeWindow | undefined
  readonly #evictor: Evictor
  readonly #time: QueueTime

  constructor(options: {
    settings: Settings<T>
    admission: Admission
    commit: GroupCommit
    counters: Counters
    dedupe: DedupeWindow | undefined
    evictor: Evictor
    time: QueueTime
  }) {
    this.#settings = options.settings
    this.#admission = options.admission
    this.#commit = options.commit
    this.#counters = options.counters
    this.#dedupe = options.dedupe
    this.#evictor = options.evictor
    this.#time = options.time
  }

  async put(
    items: readonly PutItem<T>[],
    grant: RoomGrant | undefined,
    signal: AbortSignal | undefined,
  ): Promise<PutResult[]> {
    try {
      const encoded = encodeItems(items, this.#settings)
      if (this.#admission.isClosed) throw new ForebayError('FOREBAY_CLOSED', `${this.#settings.name} is closed`)
      const kept = await this.#findRoom(encoded, grant, signal)
      return await this.#store(encoded, kept)
    } catch (error) {
      this.#counters.rejected += items.length
      throw error
    }
  }

  /** Which items have room now: it is taken for them. `undefined` when all have. */
  async #findRoom(
    items: readonly EncodedItem[],
    grant: RoomGrant | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlySet<EncodedItem> | undefined> {
    const fresh = this.#withoutKnown(items)
    const { overflow } = this.#settings
    if (overflow.startsWith('drop-')) return this.#evictor.makeRoom(fresh)
    const count = fresh.length
    const kept = count === items.length ? undefined : new Set(fresh)
    let bytes = 0
    for (const item of fresh) bytes += item.bytes
    if (grant !== undefined) {
      const { items: hasItems, bytes: hasBytes } = grant.spend(count, bytes)
      if (hasItems === count && hasBytes === bytes) return kept
      await this.#take(count - hasItems, bytes - hasBytes, signal).catch((error: unknown) => {
        this.#admission.give(hasItems, hasBytes)
        throw error
      })
      return kept
    }
    if (!this.#admission.tryTake(count, bytes)) await this.#take(count, bytes, signal)
    return kept
  }

  #take(count: number, bytes: number, signal: AbortSignal | undefined): Promise<void> {
    const { name, overflow, maxItems, maxBytes } = this.#settings
    if (count > maxItems || bytes > maxBytes) throw this.#admission.tooLarge(count, bytes)
    if (overflow === 'backpressure') return this.#admission.take(count, bytes, signal)
    if (this.#admission.tryTake(count, bytes)) return Promise.resolve()
    const { reason, message } = this.#admission.credit
    if (reason === 'disk') throw new ForebayError('FOREBAY_UNAVAILABLE', `${name}: ${message}`, { retryable: true })
    if (overflow === 'fail') throw new ForebayError('FOREBAY_OVERFLOW', `${name} is full`)
    const missing = count - this.#admission.credit.items
    throw new Shed({ reason: 'line', gate: name, retryAfterMs: retryAfterMs(missing, this.#counters.out) })
  }

  #withoutKnown(items: readonly EncodedItem[]): readonly EncodedItem[] {
    if (this.#dedupe === undefined || items.every(({ id }) => id === undefined)) return items
    const now = this.#time.stamp()
    const seen = new Set<string>()
    return items.filter(({ id }) => {
      if (id === undefined) return true
      if (seen.has(id) || this.#dedupe?.has(id, now) === true) return false
      seen.add(id)
      return true
    })
  }

  #store(items: readonly EncodedItem[], kept: ReadonlySet<EncodedItem> | undefined): Promise<PutResult[]> {
    const now = this.#time.stamp()
    const messages: StoredMessage[] = []
    const ids: string[] = []
    let delayed = 0
    let bytes = 0
    let duplicates = 0
    const { pending } = this.#commit
    const results = items.map((item): PutResult => {
      // Somebody else may have put the same id while this put waited for room.
      const isKnown = item.id !== undefined && this.#dedupe?.has(item.id, now) === true
      const hasRoom = kept === undefined || kept.has(item)
      if (!hasRoom || isKnown) {
        if (hasRoom) this.#admission.give(1, item.bytes)
        const isDuplicate = isKnown || (item.id !== undefined && ids.includes(item.id))
        if (isDuplicate) duplicates++
        return { id: item.id ?? '', status: isDuplicate ? 'duplicate' : 'dropped' }
      }
      const message = this.#message(item, now)
      if (item.id !== undefined && this.#dedupe !== undefined) {
        this.#dedupe.add(item.id, now)
        ids.push(item.id)
      }
      if (item.delayMs > 0) {
        pending.append(LATER, Math.ceil(now + item.delayMs), message)
        delayed++
      } else pending.append(readyLane(item.level, item.group), 0, message)
      messages.push(message)
      bytes += message.bytes
      return { id: message.id, status: 'stored' }
    })
    const dropped = items.length - messages.length - duplicates
    return new Promise((resolve, reject) => {
      pending.tickets.push({
        messages,
        ids,
        isPatient: this.#settings.overflow === 'backpressure',
        stored: () => {
          this.#counters.stored += messages.length
          this.#counters.retained += messages.length
          this.#counters.bytes += bytes
          this.#counters.delayed += delayed
          this.#counters.duplicates += duplicates
          this.#counters.in.add(messages.length)
          this.#counters.drop('newest', dropped)
          resolve(results)
        },
        failed: (error) => {
          this.#admission.give(messages.length, bytes)
          reject(error as Error)
        },
      })
      this.#commit.book()
    })
  }

  #message(item: EncodedItem, now: number): StoredMessage {
    const seq = this.#commit.nextNumber()
    return {
      seq,
      id: item.id ?? String(seq),
      key: item.key,
      group: item.group,
      level: item.level,
      failed: 0,
      enqueuedAt: now,
      expiresAt: item.ttlMs === Infinity ? 0 : Math.ceil(now + item.ttlMs),
      headers: item.headers,
      history: undefined,
      body: item.body,
      bytes: item.bytes,
    }
  }
}
