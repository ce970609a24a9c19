import type { Clock } from '../kernel/clock.ts'
import { Chunk, type ChunkRef } from './chunk.ts'
import type { CutChunk } from './chunk-cutter.ts'
import type { GroupCommit } from './group-commit.ts'
import type { Journal, StoredChunk } from './journal.ts'
import type { Lane } from './lane.ts'
import { HELD, LATER, READY_LANES } from './lanes.ts'
import { LONGEST_TIMER } from './leases.ts'
import { LoadedChunks } from './loaded-chunks.ts'
import type { QueueTime } from './queue-time.ts'
import type { Window } from './window.ts'

/** Messages and bytes in memory above which no more is read; a lane with nothing in memory may always read one chunk. */
const WINDOW_ITEMS = 8192
const WINDOW_BYTES = 16 * 1024 * 1024
/** A lane reads on when fewer than this many of its messages are ready. */
const LANE_LOW = 256

export interface LoaderEvents {
  /** Whether somebody is there to take messages. */
  isWanted(): boolean
  /** Messages came into the window. */
  loaded(): void
  /** So many messages that waited for their time are in the window now. */
  due(count: number): void
  /** A chunk could not be read. `items` is 0 when it is not known how many it held. */
  lost(ref: ChunkRef, items: number, bytes: number): void
  failed(error: unknown): void
}

interface DueLane {
  readonly id: number
  after: ChunkRef | undefined
  loading: boolean
  /** A chunk came that lies before `after`: look from the start again, past what is in memory. */
  again: boolean
}

/** Fills the window from the journal: the heads of the ready lanes, and what has become due. */
export class Loader {
  readonly #journal: Journal
  readonly #window: Window
  readonly #clock: Clock
  readonly #time: QueueTime
  readonly #commit: GroupCommit
  readonly #events: LoaderEvents
  readonly #chunks: LoadedChunks
  readonly #dueLanes: readonly DueLane[] = [
    { id: HELD, after: undefined, loading: false, again: false },
    { id: LATER, after: undefined, loading: false, again: false },
  ]
  #cancelTimer: (() => void) | undefined
  #timerAt = Infinity
  #isClosed = false

  constructor(options: {
    journal: Journal
    window: Window
    clock: Clock
    time: QueueTime
    commit: GroupCommit
    events: LoaderEvents
  }) {
    this.#journal = options.journal
    this.#window = options.window
    this.#clock = options.clock
    this.#time = options.time
    this.#commit = options.commit
    this.#chunks = new LoadedChunks(options.window, options.commit.suspectsUpTo)
    this.#events = options.events
  }

  /** Whether something that was asked for has not been read yet. */
  get isReading(): boolean {
    for (const lane of this.#dueLanes) if (lane.loading) return true
    for (const lane of this.#window.lanes()) if (lane.loading) return true
    return false
  }

  /** Whether a lane of messages that are not dead holds a chunk. */
  hasMore(): boolean {
    for (const lane of this.#window.lanes()) {
      if (lane.loading || this.#journal.nextRef(lane.id, undefined) !== undefined) return true
    }
    return this.#dueLanes.some((lane) => lane.loading || this.#journal.nextRef(lane.id, undefined) !== undefined)
  }

  /** Keys of retries that wait are busy, as they were before the queue was closed. */
  async holdKeys(): Promise<void> {
    let ref: ChunkRef | undefined
    while ((ref = this.#journal.nextRef(HELD, ref)) !== undefined) {
      const { messages, settled } = await this.#journal.read(ref)
      const chunk = new Chunk(ref, messages.length, settled)
      messages.forEach(({ key, seq }, index) => {
        if (key !== undefined && !chunk.isSettled(index)) this.#window.keys.hold(key, seq)
      })
    }
  }

  /** The chunk in memory, if it is. */
  chunk(ref: ChunkRef): Chunk | undefined {
    return this.#chunks.get(ref)
  }

  /** New chunks are durable: those a consumer waits for go straight into the window. */
  arrived(chunk: CutChunk): boolean {
    const { lane: id } = chunk.ref
    if (id >= READY_LANES) {
      const due = this.#dueLanes.find((lane) => lane.id === id)
      if (due !== undefined) due.again = true
      return false
    }
    const lane = this.#window.lane(id)
    const isCaughtUp = !lane.behind && !lane.loading && !chunk.grows
    if (!isCaughtUp || !this.#events.isWanted() || this.#isFull()) {
      lane.behind = true
      return false
    }
    lane.after = chunk.ref
    this.#chunks.take(lane, chunk.ref, chunk.messages, undefined)
    return true
  }

  /** Chunks are gone from the journal. */
  removed(refs: readonly ChunkRef[]): void {
    this.#chunks.removed(refs)
  }

  /** Reads as long as there is room and something to read. */
  fill(): void {
    if (this.#isClosed) return
    for (const lane of this.#dueLanes) this.#fillDue(lane)
    // While nobody takes messages, they stay where they are, and small chunks can grow.
    if (this.#events.isWanted()) for (const lane of this.#window.lanes()) this.#fillLane(lane)
  }

  /** Reads on in one lane, whatever its level of filling. Returns whether there was something to read. */
  async readOn(lane: Lane): Promise<boolean> {
    if (!lane.loading && !lane.behind) return false
    if (!lane.loading) this.#read(lane)
    await lane.reading
    return true
  }

  /** Reads one more chunk of every lane that has one numbered below `end`, due or not. Returns whether there was one. */
  async readAhead(end: number): Promise<boolean> {
    let hasRead = false
    for (const lane of this.#window.lanes()) {
      const ref = lane.behind && !lane.loading ? this.#journal.nextRef(lane.id, lane.after) : undefined
      if (ref !== undefined && ref.seq < end) hasRead = (await this.readOn(lane)) || hasRead
      else if (lane.loading) hasRead = await this.readOn(lane)
    }
    for (const { id } of this.#dueLanes) {
      let ref = this.#journal.nextRef(id, undefined)
      while (ref !== undefined && (this.#chunks.get(ref) !== undefined || ref.seq >= end))
        ref = this.#journal.nextRef(id, ref)
      if (ref === undefined) continue
      const read = await this.#journal.read(ref)
      if (this.#chunks.get(ref) !== undefined) continue
      this.#arrivedDue(read)
      hasRead = true
    }
    return hasRead
  }

  close(): void {
    this.#isClosed = true
    this.#cancelTimer?.()
  }

  #isFull(): boolean {
    return this.#window.items >= WINDOW_ITEMS || this.#window.bytes >= WINDOW_BYTES
  }

  #looksAhead(items: number): boolean {
    return items < 2 * WINDOW_ITEMS && (items === 0 || this.#window.bytes < 2 * WINDOW_BYTES)
  }

  #fillLane(lane: Lane): void {
    while (lane.behind && !lane.loading && lane.ready < LANE_LOW && (lane.ready === 0 || !this.#isFull())) {
      // A lane may be all parked behind busy keys, or in doubt: it looks ahead no further than the window.
      if (!this.#looksAhead(this.#window.items)) return
      if (this.#read(lane)) return
    }
  }

  /** Reads the next chunk of a lane, at once when the journal can. Returns whether it is to be waited for. */
  #read(lane: Lane): boolean {
    const ref = this.#journal.nextRef(lane.id, lane.after)
    if (ref === undefined) {
      lane.behind = false
      return false
    }
    lane.loading = true
    const reading = this.#readChunk(lane, ref)
    if (reading !== undefined) lane.reading = reading.catch((error: unknown) => this.#events.failed(error))
    return reading !== undefined
  }

  #readChunk(lane: Lane, ref: ChunkRef): Promise<void> | undefined {
    if (this.#commit.cutter.isGrowing(ref)) return this.#commit.over().then(() => this.#readAgain(lane))
    this.#commit.cutter.reading(ref)
    const read = this.#journal.read(ref)
    if (read instanceof Promise) {
      return read.then(async (chunk) => {
        await this.#known(chunk)
        this.#admitLater(lane, chunk)
      })
    }
    const known = this.#known(read)
    if (known !== undefined) return known.then(() => this.#admitLater(lane, read))
    this.#admit(lane, read)
    return undefined
  }

  #readAgain(lane: Lane): void {
    lane.loading = false
    this.fill()
  }

  #admitLater(lane: Lane, chunk: StoredChunk): void {
    if (this.#isClosed) return
    this.#admit(lane, chunk)
    this.#events.loaded()
    this.fill()
  }

  #admit(lane: Lane, chunk: StoredChunk): void {
    lane.loading = false
    lane.after = chunk.ref
    if (chunk.lost !== undefined) this.#events.lost(chunk.ref, chunk.lost.items, chunk.lost.bytes)
    else this.#chunks.take(lane, chunk.ref, chunk.messages, chunk)
  }

  /** The journal has to know which messages may be out before they are. */
  #known(chunk: StoredChunk): Promise<void> | undefined {
    const last = chunk.messages.at(-1)
    return last === undefined ? undefined : this.#commit.reach(last.seq)
  }

  #fillDue(lane: DueLane): void {
    // What is parked may wait for a retry that is held: it must not keep that one out.
    const past = lane.id === HELD ? this.#window.idle : 0
    while (!lane.loading && this.#looksAhead(this.#window.items - past)) {
      if (lane.again) lane.after = undefined
      lane.again = false
      const ref = this.#journal.nextRef(lane.id, lane.after)
      if (ref === undefined) return
      if (ref.at > this.#time.stamp()) return this.#wakeAt(ref.at)
      if (this.#chunks.get(ref) !== undefined) {
        lane.after = ref
        continue
      }
      lane.loading = true
      const read = this.#journal.read(ref)
      if (!(read instanceof Promise)) {
        this.#takeDue(lane, read)
        this.#events.loaded()
        continue
      }
      read
        .then((chunk) => {
          this.#takeDue(lane, chunk)
          this.#events.loaded()
          this.fill()
        })
        .catch((error: unknown) => this.#events.failed(error))
    }
  }

  #takeDue(lane: DueLane, chunk: StoredChunk): void {
    lane.loading = false
    lane.after = chunk.ref
    if (this.#chunks.get(chunk.ref) === undefined) this.#arrivedDue(chunk)
  }

  #arrivedDue(chunk: StoredChunk): void {
    if (chunk.lost !== undefined) this.#events.lost(chunk.ref, chunk.lost.items, chunk.lost.bytes)
    else this.#events.due(this.#chunks.take(undefined, chunk.ref, chunk.messages, chunk))
  }

  #wakeAt(at: number): void {
    if (at >= this.#timerAt) return
    this.#cancelTimer?.()
    this.#timerAt = at
    const wait = Math.min(LONGEST_TIMER, Math.max(0, at - this.#time.stamp()))
    this.#cancelTimer = this.#clock.after(wait, () => {
      this.#timerAt = Infinity
      this.fill()
    })
  }
}
