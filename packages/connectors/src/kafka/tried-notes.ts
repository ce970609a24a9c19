import type { StoredMessage } from 'forebay/queue'
import { movedParcel, storedMessage, type Fetched, type Parcel } from './message-format.ts'

/** What is known of a message that is to be tried again in its place. */
export interface Attempts extends Pick<StoredMessage, 'failed' | 'history'> {
  /** Unix epoch, ms: when it is to be delivered at the earliest. */
  readonly due: number
}

/** Notes that are stored anew, and up to where those before them are not needed any more. */
export interface Renewal {
  readonly parcels: readonly Parcel[]
  readonly upTo: number
}

/** Notes that no message needs any more, until the broker is told to forget them. */
const TRIM_EVERY = 1000

/**
 * How often messages of one partition have failed that stay where they are to keep the order of their keys: the last
 * word on each is a record of its own, in the partition of the same number of the topic of notes.
 *
 * Bounded by the messages that their lane holds back; the records at the broker by some times their number.
 */
export class TriedNotes {
  readonly #notes = new Map<number, Attempts>()
  /** Where the notes begin and end at the broker; those that were sent twice are not counted. */
  #start: number
  #end: number

  constructor(start: number, end: number) {
    this.#start = start
    this.#end = end
  }

  /** A note that was found at the broker; the last one holds. */
  found(record: Fetched): void {
    const { stored, due } = storedMessage(record, 'note')
    this.#notes.set(Number(stored.id), { failed: stored.failed, history: stored.history, due })
  }

  of(offset: number): Attempts | undefined {
    return this.#notes.get(offset)
  }

  /** One more has been stored. */
  noted(offset: number, attempts: Attempts): void {
    this.#notes.set(offset, attempts)
    this.#end++
  }

  /** These have ended. */
  forget(isOver: (offset: number) => boolean): void {
    for (const offset of this.#notes.keys()) if (isOver(offset)) this.#notes.delete(offset)
  }

  delete(offset: number): void {
    this.#notes.delete(offset)
  }

  /** Notes that are to be stored anew, so that all up to now can be forgotten, once that is worth it. */
  renewal(topic: string, partition: number, least: number = TRIM_EVERY): Renewal | undefined {
    const { size } = this.#notes
    const superfluous = this.#end - this.#start - size
    if (superfluous < (size === 0 ? least : Math.max(TRIM_EVERY, 4 * size))) return undefined
    const parcels = [...this.#notes].map(([offset, attempts]) => noteParcel(offset, attempts, { topic, partition }))
    return { parcels, upTo: this.#end }
  }

  renewed({ parcels, upTo }: Renewal): void {
    this.#start = upTo
    this.#end += parcels.length
  }
}

/** The record of a note. */
export function noteParcel(
  offset: number,
  { failed, history, due }: Attempts,
  place: { readonly topic: string; readonly partition: number },
): Parcel {
  const note = { id: String(offset), key: undefined, headers: undefined, body: new Uint8Array() }
  return movedParcel({ ...note, enqueuedAt: due, expiresAt: 0, failed, history }, { ...place, due })
}
