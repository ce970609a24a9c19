import type { Held } from 'forebay/queue'
import { CommitRoom } from './commit-room.ts'
import { storedMessage } from './message-format.ts'
import type { Brought } from './record-reader.ts'
import type { SettledOffsets } from './settled-offsets.ts'

/** Later messages that are fetched before they are due, so that they come in the order of that. */
const AHEAD = 200

/** Where a message is: what its link needs to settle it. */
export interface Spot {
  readonly lane: Lane
  readonly offset: number
  /** Unix epoch, ms; 0 for at once. */
  readonly due: number
  /** A copy of it is stored elsewhere: only its offset is to be settled. */
  isMoved: boolean
}

export function spotOf(held: Held): Spot {
  return held.tag as Spot
}

/**
 * One partition, as long as it is ours: what of it was fetched, what is out, what has ended.
 *
 * Bounded: nothing is fetched for a main partition while something waits, for a later one while {@link AHEAD} wait; and
 * one fetch brings no more bytes than it is asked for. While there are about as many holes as a commit can hold, only
 * what closes one goes out.
 */
export class Lane {
  readonly topic: string
  readonly partition: number
  readonly isLater: boolean
  readonly settled: SettledOffsets
  readonly out: Map<number, Held> = new Map()
  /** Fetched or given back, the next one last. */
  readonly #waiting: Held[] = []
  readonly #room: CommitRoom
  /** The next offset to be fetched. */
  next: number
  /** Where the partition ends, as far as is known. */
  end = 0
  /** Up to where the broker was told to forget it. */
  trimmed: number
  /** Something has ended that was not committed. */
  isDirty = false
  /** It is somebody else's now. */
  isOver = false

  constructor(place: { topic: string; partition: number; isLater: boolean }, settled: SettledOffsets) {
    this.topic = place.topic
    this.partition = place.partition
    this.isLater = place.isLater
    this.settled = settled
    this.#room = new CommitRoom(settled)
    this.next = this.trimmed = settled.watermark
  }

  get waiting(): number {
    return this.#waiting.length
  }

  get wantsMore(): boolean {
    return this.#waiting.length < (this.isLater ? AHEAD : 1)
  }

  /** All that could be delivered now has been. */
  isDry(now: number): boolean {
    return this.dueAt > now && (this.next >= this.end || !this.wantsMore)
  }

  /** When the next message may go out, Unix epoch, ms; `Infinity` when none may. */
  get dueAt(): number {
    return (this.#waiting[this.#nextUp()]?.tag as Spot | undefined)?.due ?? Infinity
  }

  /** What a fetch has brought. */
  arrived({ from, records, upTo, end }: Brought): void {
    this.end = Math.max(this.end, end)
    if (this.isOver || from !== this.next) return // something else has happened meanwhile
    const came: Held[] = []
    for (const record of records) {
      if (record.offset < this.next) continue // the beginning of its batch
      this.#settleAll(this.next, record.offset)
      this.next = record.offset + 1
      if (this.settled.has(record.offset)) continue
      const { stored, due } = storedMessage(record, `${this.topic}-${this.partition}`)
      const tag: Spot = { lane: this, offset: record.offset, due, isMoved: false }
      came.push({ stored, redelivered: stored.failed > 0, tag })
    }
    this.#settleAll(this.next, upTo)
    this.next = Math.max(this.next, upTo)
    if (this.isLater || this.#waiting.length > 0) for (const held of came) this.#wait(held)
    else for (const held of came.reverse()) this.#waiting.push(held)
  }

  /** The partition holds nothing below `start` or from `end` on, whatever we thought. */
  within(start: number, end: number): void {
    this.end = end
    this.#settleAll(this.settled.watermark, start)
    this.next = Math.min(Math.max(this.next, start), end)
  }

  take(): Held | undefined {
    const [held] = this.#waiting.splice(this.#nextUp(), 1)
    if (held === undefined) return undefined
    const { offset } = spotOf(held)
    this.out.set(offset, held)
    this.#room.took(offset)
    return held
  }

  /** Back to its place. */
  giveBack(held: Held): void {
    const { offset } = spotOf(held)
    if (!this.out.delete(offset)) return
    this.#room.left(offset)
    this.#wait({ ...held, redelivered: true })
  }

  isOut(held: Held): boolean {
    return this.out.get(spotOf(held).offset) === held
  }

  settle(held: Held): void {
    const { offset } = spotOf(held)
    if (!this.out.delete(offset)) return
    this.settled.add(offset)
    this.#room.left(offset)
    this.isDirty = true
  }

  /** Ends everything below `end` that is not out. How many messages that were. */
  purge(end: number): number {
    const { watermark, above } = this.settled
    const settled = Math.max(0, end - watermark) - above - this.out.size
    this.#waiting.length = 0
    let from = watermark
    for (const offset of [...this.out.keys()].toSorted((a, b) => a - b)) {
      this.#settleAll(from, offset)
      from = offset + 1
    }
    this.#settleAll(from, end)
    this.#room.cover(end)
    this.next = Math.max(this.next, end)
    return settled
  }

  /**
   * Where the next one waits, or past all: the first in line, or the lowest when there is no room in a commit for the end
   * of that one; when nothing is out the lowest always goes.
   */
  #nextUp(): number {
    const last = this.#waiting.length - 1
    if (last < 0 || this.#fits(last)) return last < 0 ? 0 : last
    let lowest = last
    if (this.isLater) for (let at = 0; at < last; at++) if (this.#offsetAt(at) < this.#offsetAt(lowest)) lowest = at
    return lowest !== last && this.#fits(lowest) ? lowest : this.#waiting.length
  }

  #fits(at: number): boolean {
    return this.#room.fits(this.#offsetAt(at))
  }

  #offsetAt(at: number): number {
    return spotOf(this.#waiting[at] as Held).offset
  }

  #settleAll(from: number, to: number): void {
    if (from >= to) return
    this.settled.addAll(from, to)
    this.isDirty = true
  }

  #wait(held: Held): void {
    const spot = spotOf(held)
    let low = 0
    let high = this.#waiting.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (isBefore(spot, spotOf(this.#waiting[middle] as Held))) low = middle + 1
      else high = middle
    }
    this.#waiting.splice(low, 0, held)
  }
}

function isBefore(a: Spot, b: Spot): boolean {
  return a.due < b.due || (a.due === b.due && a.offset < b.offset)
}
