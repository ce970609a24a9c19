import type { Clock } from '../kernel/clock.ts'
import { ForebayError } from '../kernel/errors.ts'
import type { Chunk, ChunkRef } from './chunk.ts'
import { ChunkCutter, type CutChunk } from './chunk-cutter.ts'
import type { DedupeWindow, FlushedIds } from './dedupe-window.ts'
import type { Changes, Journal, JournalState } from './journal.ts'
import { PendingChanges } from './pending-changes.ts'
import type { QueueTime } from './queue-time.ts'
import { RefusedPuts } from './refused-puts.ts'

/** How far ahead of what was handed out the journal says that messages may be out. */
const OUT_AHEAD = 10_000
/** Commits may follow each other for this long before other work of the event loop gets a turn. */
const TURN_MS = 4
const RETRY_MS = [100, 200, 400, 800, 1600, 3200, 5000] as const

/** What the rest of the queue does when a commit is over. */
export interface CommitEvents {
  /** New chunks are durable. Returns whether a chunk went straight into the window. */
  arrived(chunk: CutChunk): boolean
  /** Whether somebody is there to take messages, so that new ones may be handed out at once. */
  isWanted(): boolean
  /** Whether anything has been handed out. */
  hasDelivered(): boolean
  /** Everything else that waited for this commit. */
  committed(changes: PendingChanges, removed: readonly ChunkRef[]): void
  /** The disk refuses; it is tried again by itself. */
  paused(message: string): void
  resumed(): void
}

/**
 * Writes what has gathered while the last commit was under way: one commit for many puts and acks.
 * A commit that fails has changed nothing; its acks and retries are written again by the next one. Puts that wait under
 * backpressure are set apart, with all that come behind them, so that acks go on and make room; they are tried again
 * when some has been made, and after a while.
 */
export class GroupCommit {
  readonly cutter: ChunkCutter = new ChunkCutter()
  readonly #journal: Journal
  readonly #clock: Clock
  readonly #time: QueueTime
  readonly #dedupe: DedupeWindow | undefined
  readonly #events: CommitEvents
  /** Messages up to this number may have been out when an earlier process died. */
  readonly suspectsUpTo: number
  /** How many suspects make their last attempt together; 0 when none do. Written with the next commit. */
  trial = 0
  #pending = new PendingChanges()
  #state: JournalState
  #nextSeq: number
  #wantedOut = 0
  #phase: 'idle' | 'booked' | 'writing' | 'failing' = 'idle'
  /** Puts that the disk has refused. */
  readonly #refused: RefusedPuts
  #failures = 0
  #turnAt = 0
  #current: Promise<void> = Promise.resolve()
  #cancelRetry: (() => void) | undefined
  #isClosing = false

  constructor(options: {
    journal: Journal
    clock: Clock
    time: QueueTime
    dedupe: DedupeWindow | undefined
    state: JournalState
    events: CommitEvents
  }) {
    this.#journal = options.journal
    this.#clock = options.clock
    this.#time = options.time
    this.#dedupe = options.dedupe
    this.#state = options.state
    this.#nextSeq = options.state.nextSeq
    this.#events = options.events
    this.#refused = new RefusedPuts(options.dedupe)
    this.suspectsUpTo = Math.min(options.state.outSeq, options.state.nextSeq - 1)
  }

  /** Changes to be written next. Whoever changes them calls {@link book}. */
  get pending(): PendingChanges {
    return this.#pending
  }

  nextNumber(): number {
    return this.#nextSeq++
  }

  /** Makes sure that a commit follows soon. */
  book(): void {
    if (this.#phase !== 'idle') return
    this.#phase = 'booked'
    // A store in memory commits at once: puts that wait for each other would keep the event loop for ever.
    if (this.#clock.exact === true || this.#clock.now() - this.#turnAt < TURN_MS) queueMicrotask(() => this.#start())
    else {
      this.#clock.yield(() => {
        this.#turnAt = this.#clock.now()
        this.#start()
      })
    }
  }

  /** Resolves when everything changed up to now is durable. One promise for all who ask before the same commit. */
  durable(): Promise<void> {
    this.book()
    return this.#pending.durable()
  }

  /** Resolves when the commit that is under way is over, however it ends. */
  over(): Promise<void> {
    return this.#current
  }

  /** Says that a message is about to be handed out. Returns what to wait for, if the journal has to know first. */
  reach(seq: number): Promise<void> | undefined {
    if (seq > this.#wantedOut) this.#wantedOut = seq
    return seq <= this.#state.outSeq ? undefined : this.durable()
  }

  /** Attempts that begin are written down before their messages are handed out. */
  begin(chunk: Chunk, index: number, attempt: number): void {
    chunk.begun ??= new Map()
    chunk.begun.set(index, attempt)
    this.#pending.dirty.add(chunk)
  }

  /** Writes everything there is, and that the queue was closed in order. Tries once. */
  async close(): Promise<void> {
    while (this.#phase === 'booked' || this.#phase === 'writing') {
      this.#start()
      await this.#current
    }
    this.#isClosing = true
    this.#cancelRetry?.()
    this.#phase = 'booked'
    while (this.#phase === 'booked') {
      this.#start()
      await this.#current
    }
  }

  #start(): void {
    if (this.#phase === 'booked') this.#current = this.#write()
  }

  async #write(): Promise<void> {
    this.#phase = 'writing'
    const changes = this.#pending
    this.#pending = new PendingChanges()
    if (!this.#refused.join(changes, this.#isClosing)) {
      this.#phase = 'idle' // nothing but puts, which wait
      return
    }
    const { batch, chunks, ids } = this.#cut(changes)
    try {
      const done = this.#journal.commit(batch)
      if (done !== undefined) {
        await done
        this.#turnAt = this.#clock.now() // other work had its turn
      }
    } catch (error) {
      this.#failed(changes, ids, error)
      return
    }
    this.#state = batch.state
    this.#phase = 'idle'
    const unread = new Set(chunks.filter((chunk) => !this.#events.arrived(chunk)))
    this.cutter.committed(chunks, (chunk) => unread.has(chunk))
    this.#succeeded(batch.removed.length > 0)
    this.#events.committed(changes, batch.removed)
    for (const ticket of changes.tickets) ticket.stored()
    for (const waiter of changes.waiters) waiter.resolve()
    if (this.#hasWork()) this.book()
  }

  #succeeded(madeRoom: boolean): void {
    if (this.#failures === 0) return
    if (!this.#refused.isEmpty) {
      // Whatever the disk refused before, it takes something now.
      if (madeRoom) this.#refused.tryAgain()
      return
    }
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    this.#failures = 0
    this.#events.resumed()
  }

  #failed(changes: PendingChanges, ids: FlushedIds | undefined, cause: unknown): void {
    const error = new ForebayError('FOREBAY_UNAVAILABLE', `the store refuses writes: ${String(cause)}`, {
      cause,
      retryable: true,
    })
    this.cutter.failed()
    if (ids !== undefined) this.#dedupe?.unflush(ids)
    const hadPuts = changes.tickets.length > 0
    this.#pending.prepend(changes)
    // A repetition must not be told that its original is stored when that is refused, so it goes too.
    const { tickets: gone } = this.#pending.takePuts(({ isPatient }) => this.#isClosing || !isPatient)
    this.#dedupe?.remove(new Set(gone.flatMap((ticket) => ticket.ids)))
    this.#refused.add(this.#pending.takePuts(() => true))
    this.#phase = 'failing'
    if (hadPuts && this.#pending.hasMore) this.#phase = 'booked'
    else if (this.#isClosing) for (const waiter of this.#pending.waiters.splice(0)) waiter.reject(error)
    else if (!this.#pending.hasMore) this.#phase = 'idle'
    if (!this.#isClosing) {
      this.#retryLater()
      if (this.#phase === 'booked') queueMicrotask(() => this.#start())
    }
    if (this.#failures++ === 0) this.#events.paused(error.message)
    for (const ticket of gone) ticket.failed(error)
  }

  #retryLater(): void {
    this.#cancelRetry?.()
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] as number
    this.#cancelRetry = this.#clock.after(wait, () => {
      this.#cancelRetry = undefined
      this.#refused.tryAgain()
      if (this.#phase === 'failing') this.#phase = 'idle'
      this.book()
    })
  }

  #cut(changes: PendingChanges): { batch: Changes; chunks: CutChunk[]; ids: FlushedIds | undefined } {
    const chunks: CutChunk[] = []
    const isWanted = this.#events.isWanted()
    for (const [lane, times] of changes.appends) {
      for (const [at, messages] of times) {
        chunks.push(...this.cutter.cut(lane, at, messages, () => this.nextNumber()))
        const last = messages.at(-1)
        if (isWanted && last !== undefined && last.seq > this.#wantedOut) this.#wantedOut = last.seq
      }
    }
    const stamp = this.#time.stamp()
    const ids = this.#dedupe?.flush(this.nextNumber(), stamp)
    const { delta } = changes
    const dirty = [...changes.dirty]
    const batch: Changes = {
      chunks,
      marks: dirty.filter((chunk) => chunk.live > 0).map(({ ref, settled, begun }) => ({ ref, settled, begun })),
      removed: [...dirty.filter((chunk) => chunk.live === 0).map((chunk) => chunk.ref), ...changes.removed],
      ids: ids?.ids,
      forgotten: ids?.forgotten ?? [],
      admits: changes.tickets.some(({ messages }) => messages.length > 0),
      state: {
        nextSeq: this.#nextSeq,
        outSeq: this.#outSeq(),
        stamp,
        items: this.#state.items + delta.items,
        bytes: this.#state.bytes + delta.bytes,
        dead: this.#state.dead + delta.dead,
        later: this.#state.later + delta.later,
        ...(this.trial > 0 && { trial: this.trial }),
      },
    }
    return { batch, chunks, ids }
  }

  #outSeq(): number {
    // A process that handed messages out and lived to close has cleared them; one that only looked has not.
    if (this.#isClosing) return this.#events.hasDelivered() ? 0 : this.suspectsUpTo
    return this.#wantedOut + OUT_AHEAD / 2 > this.#state.outSeq && this.#wantedOut > 0
      ? this.#wantedOut + OUT_AHEAD
      : this.#state.outSeq
  }

  #hasWork(): boolean {
    const { appends, dirty, removed, tickets, waiters } = this.#pending
    return this.#refused.isTrying || appends.size + dirty.size + removed.length + tickets.length + waiters.length > 0
  }
}
