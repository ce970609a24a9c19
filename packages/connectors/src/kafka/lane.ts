import type { Held } from 'forebay/queue'
import { CommitRoom } from './commit-room.ts'
import { KeyLine } from './key-line.ts'
import { storedMessage, type Fetched } from './message-format.ts'
import type { Brought } from './record-reader.ts'
import type { SettledOffsets } from './settled-offsets.ts'
import { TriedNotes, type Attempts } from './tried-notes.ts'
import { WaitingLine, type Place } from './waiting-line.ts'

/** Later messages that are fetched before they are due, so that they come in the order of that. */
const AHEAD = 200
/** What of a partition may wait for its key or its next attempt until nothing more is fetched of it. */
const HELD_BACK = 2000
const HELD_BACK_BYTES = 4 * 1024 * 1024
/** How far into the line it is looked for one that fits into a commit. */
const LOOK = 200

/** Where a message is: what its link needs to settle it. */
export interface Spot extends Place {
  readonly lane: Lane
  /** A copy of it is stored elsewhere: only its offset is to be settled. */
  isMoved: boolean
  /** The broker does not take it where it is to go, which was reported. */
  isRefused?: boolean
}

export function spotOf(held: Held): Spot {
  return held.tag as Spot
}

/**
 * One partition, as long as it is ours: what of it was fetched, what is out, what has ended.
 *
 * ```text
 *  arrived ──▶ waiting ──take──▶ out ──settle──▶ ended ──kept──▶
 *     │           ▲ ▲             │ └──tryAgain─▶ retries         (of keys)
 *     └▶ parked ──┘ └──giveBack───┘                  └──take──▶ out
 * ```
 *
 * Bounded: nothing is fetched while {@link HELD_BACK} is held back, for a main partition while something waits, for a
 * later one while {@link AHEAD} do; and one fetch brings no more bytes than it is asked for. While there are about as many
 * holes as a commit can hold, only what closes one goes out.
 */
export class Lane {
  readonly topic: string
  readonly partition: number
  readonly isLater: boolean
  readonly settled: SettledOffsets
  /** Of messages that are tried again in their place. */
  readonly tried: TriedNotes
  readonly out: Map<number, Held> = new Map()
  /** Fetched or given back. */
  readonly #waiting = new WaitingLine()
  readonly #retries = new WaitingLine()
  readonly #keys = new KeyLine()
  /** Of a key, and no commit has kept yet that they have ended: their keys are busy until then. */
  #ended: Held[] = []
  /** The same, and a commit of them is under way. */
  readonly #committing = new Set<Held>()
  readonly #room: CommitRoom
  /** The next offset to be fetched. */
  next: number
  /** Where the partition ends, as far as is known. */
  end = 0
  /** Up to where the broker was told to forget it. */
  trimmed: number
  /** Something has ended that was not committed. */
  isDirty = false
  /** Of those that are out, how many go to the partition of their key instead of a consumer. */
  homing = 0
  /** It is somebody else's now. */
  isOver = false

  constructor(
    place: { topic: string; partition: number; isLater: boolean },
    settled: SettledOffsets,
    tried: TriedNotes = new TriedNotes(0, 0),
  ) {
    this.topic = place.topic
    this.partition = place.partition
    this.isLater = place.isLater
    this.settled = settled
    this.tried = tried
    this.#room = new CommitRoom(settled)
    this.next = this.trimmed = settled.watermark
    tried.forget((offset) => settled.has(offset))
  }

  get wantsMore(): boolean {
    if (this.heldBack >= HELD_BACK || this.#heldBackBytes >= HELD_BACK_BYTES) return false
    return this.#waiting.length < (this.isLater ? AHEAD : 1)
  }

  /** Messages that consumers have. */
  get delivered(): number {
    return this.out.size - this.homing
  }

  /** Messages that wait for their key or their next attempt. */
  get heldBack(): number {
    return this.#keys.length + this.#retries.length
  }

  /** Those that are tried again in their place, in the order of that. */
  get retries(): readonly Held[] {
    return [...this.#retries]
  }

  /** All that could be delivered now has been. */
  isDry(now: number): boolean {
    const busy = this.#ended.length + this.#committing.size
    return this.dueAt > now && busy === 0 && (this.next >= this.end || !this.wantsMore)
  }

  /** When the next message may go out, Unix epoch, ms; `Infinity` when none may. */
  get dueAt(): number {
    return Math.min(this.#dueOf(this.#waiting), this.#dueOf(this.#retries))
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
      if (!this.settled.has(record.offset)) this.#came(record, came)
    }
    this.#settleAll(this.next, upTo)
    this.next = Math.max(this.next, upTo)
    if (this.isLater || this.#waiting.length > 0) for (const held of came) this.#waiting.add(held)
    else this.#waiting.fill(came)
  }

  /** The partition holds nothing below `start` or from `end` on, whatever we thought. */
  within(start: number, end: number): void {
    this.end = end
    this.#settleAll(this.settled.watermark, start)
    this.next = Math.min(Math.max(this.next, start), end)
  }

  /** The next message, if one is due: what is tried again has waited already. */
  take(now: number): Held | undefined {
    for (const line of [this.#retries, this.#waiting]) {
      const held = this.#dueOf(line) <= now ? line.take(this.#nextOf(line)) : undefined
      if (held === undefined) continue
      const { offset } = spotOf(held)
      this.out.set(offset, held)
      this.#room.took(offset)
      return held
    }
    return undefined
  }

  /** Back to its place. */
  giveBack(held: Held): void {
    if (!this.#leaves(held)) return
    this.#waits({ ...held, redelivered: true })
  }

  /** It stays in its place, the head of its key, until it is tried again. */
  tryAgain(held: Held, { failed, history, due }: Attempts): void {
    if (!this.#leaves(held)) return
    const tag: Spot = { ...spotOf(held), due }
    this.#retries.add({ stored: { ...held.stored, failed, history }, redelivered: true, tag })
  }

  isOut(held: Held): boolean {
    return this.out.get(spotOf(held).offset) === held
  }

  settle(held: Held): void {
    if (!this.#leaves(held, true)) return
    this.isDirty = true
    if (held.stored.key !== undefined && !this.isLater) this.#ended.push(held)
  }

  /** What has ended goes into a commit: {@link kept} with what this has returned frees the keys of it. */
  committing(): readonly Held[] {
    const ended = this.#ended
    this.#ended = []
    for (const held of ended) this.#committing.add(held)
    this.isDirty = false
    return ended
  }

  /** That commit is made, or has failed. */
  kept(ended: readonly Held[], isKept: boolean): void {
    for (const held of ended) this.#committing.delete(held)
    if (!isKept) {
      this.#ended = [...ended, ...this.#ended]
      this.isDirty = true
      return
    }
    for (const held of ended) {
      this.tried.delete(spotOf(held).offset)
      const next = this.#keys.leave(held.stored.key as string)
      if (next !== undefined) this.#waits(next)
    }
  }

  /** Ends everything below `end` that is not out. How many messages that were. What came after that stays. */
  purge(end: number): number {
    const out = [...this.out.keys()].filter((offset) => offset < end).toSorted((a, b) => a - b)
    const purged = this.settled.leftBelow(end) - out.length
    const parked = this.#keys.reset([...this.out.values(), ...this.#ended, ...this.#committing])
    const held = [...this.#waiting.clear(), ...this.#retries.clear(), ...parked]
    for (const one of held.filter((one) => spotOf(one).offset >= end).toSorted(byOffset))
      if (this.isLater || this.#keys.enter(one)) this.#waits(one)
    let from = this.settled.watermark
    for (const offset of out) {
      this.#settleAll(from, offset)
      from = offset + 1
    }
    this.#settleAll(from, end)
    this.#room.cover(end)
    this.next = Math.max(this.next, end)
    this.tried.forget((offset) => this.settled.has(offset))
    return purged
  }

  get #heldBackBytes(): number {
    return this.#keys.bytes + this.#retries.bytes
  }

  #came(record: Fetched, waiting: Held[]): void {
    const { stored, due } = storedMessage(record, `${this.topic}-${this.partition}`)
    const { offset } = record
    const attempts = this.isLater ? undefined : this.tried.of(offset)
    const tag: Spot = { lane: this, offset, due: attempts?.due ?? (this.isLater ? due : 0), isMoved: false }
    const { failed, history } = attempts ?? stored
    const held: Held = { stored: { ...stored, failed, history }, redelivered: failed > 0, tag }
    if (!this.isLater && !this.#keys.enter(held)) return
    if (attempts === undefined) waiting.push(held)
    else this.#retries.add(held)
  }

  #waits(held: Held): void {
    const line = !this.isLater && spotOf(held).due > 0 ? this.#retries : this.#waiting
    line.add(held)
  }

  #leaves(held: Held, hasEnded = false): boolean {
    const { offset } = spotOf(held)
    if (this.out.get(offset) !== held) return false
    this.out.delete(offset)
    if (hasEnded) this.settled.add(offset)
    this.#room.left(offset)
    return true
  }

  #dueOf(line: WaitingLine): number {
    const held = line.at(this.#nextOf(line))
    return held === undefined ? Infinity : spotOf(held).due
  }

  /**
   * Which of a line is next, or its length: the first, or else one that there is room for in a commit. When nothing is
   * out the lowest of a lane always goes.
   */
  #nextOf(line: WaitingLine): number {
    if (line.length === 0 || this.#fits(line, 0)) return 0
    if (line === this.#waiting && !this.isLater) {
      const most = this.heldBack === 0 ? 1 : Math.min(LOOK, line.length)
      for (let index = 1; index < most; index++) if (this.#fits(line, index)) return index
      return line.length
    }
    let lowest = 0
    for (let index = 1; index < line.length; index++) if (offsetAt(line, index) < offsetAt(line, lowest)) lowest = index
    return lowest !== 0 && this.#fits(line, lowest) ? lowest : line.length
  }

  #fits(line: WaitingLine, index: number): boolean {
    return this.#room.fits(offsetAt(line, index))
  }

  #settleAll(from: number, to: number): void {
    if (from >= to) return
    this.settled.addAll(from, to)
    this.isDirty = true
  }
}

function offsetAt(line: WaitingLine, index: number): number {
  return spotOf(line.at(index) as Held).offset
}

function byOffset(a: Held, b: Held): number {
  return spotOf(a).offset - spotOf(b).offset
}
