import type { Chunk, ChunkRef } from './chunk.ts'
import { DEAD, HELD, LATER } from './lanes.ts'
import type { MessageEnd } from './queue.ts'
import type { StoredMessage } from './stored-message.ts'

/** A put that is on its way: told when its messages are durable, or that they will not be. */
export interface PutTicket {
  readonly messages: readonly StoredMessage[]
  /** Ids given by the caller, as far as they are remembered. */
  readonly ids: readonly string[]
  /** Waits for the disk to come back instead of failing. */
  readonly isPatient: boolean
  stored(): void
  failed(error: unknown): void
}

export interface Totals {
  items: number
  bytes: number
  dead: number
  later: number
}

/** What has changed since the last commit was cut, and who waits to hear that it is durable. */
export class PendingChanges {
  /** New messages by lane and due time, in order. */
  readonly appends: Map<number, Map<number, StoredMessage[]>> = new Map<number, Map<number, StoredMessage[]>>()
  readonly dirty: Set<Chunk> = new Set<Chunk>()
  readonly removed: ChunkRef[] = []
  readonly delta: Totals = { items: 0, bytes: 0, dead: 0, later: 0 }
  tickets: PutTicket[] = []
  ends: MessageEnd[] = []
  waiters: { resolve(): void; reject(error: unknown): void }[] = []
  /** Room to give back once this is durable. */
  freedItems = 0
  freedBytes = 0

  #durable: Promise<void> | undefined
  /** Where the last message was appended: the next one mostly belongs there too. */
  #last: { lane: number; at: number; messages: StoredMessage[] } | undefined

  durable(): Promise<void> {
    this.#durable ??= new Promise((resolve, reject) => this.waiters.push({ resolve, reject }))
    return this.#durable
  }

  append(lane: number, at: number, message: StoredMessage): void {
    let last = this.#last
    if (last === undefined || last.lane !== lane || last.at !== at)
      this.#last = last = { lane, at, messages: this.#listOf(lane, at) }
    last.messages.push(message)
    this.#count(lane, 1, message.bytes)
  }

  /** Marks a message of a chunk in memory as ended where it is. */
  settle(chunk: Chunk, index: number, bytes: number): void {
    chunk.settle(index)
    this.dirty.add(chunk)
    this.#count(chunk.ref.lane, -1, -bytes)
  }

  /** Forgets a chunk that cannot be read. */
  remove(ref: ChunkRef, items: number, bytes: number): void {
    this.removed.push(ref)
    this.forget(ref.lane, items, bytes)
  }

  /** Takes messages off the totals that are nowhere. */
  forget(lane: number, items: number, bytes: number): void {
    this.#count(lane, -items, -bytes)
  }

  /** Whether there is more to write than puts. */
  get hasMore(): boolean {
    if (this.dirty.size + this.removed.length + this.waiters.length > 0) return true
    let appended = 0
    for (const times of this.appends.values()) for (const messages of times.values()) appended += messages.length
    return appended > this.tickets.reduce((sum, { messages }) => sum + messages.length, 0)
  }

  /** Takes puts out, as changes of their own. */
  takePuts(which: (ticket: PutTicket) => boolean): PendingChanges {
    this.#last = undefined
    const taken = new PendingChanges()
    taken.tickets = this.tickets.filter((ticket) => which(ticket))
    if (taken.tickets.length === 0) return taken
    this.tickets = this.tickets.filter((ticket) => !which(ticket))
    const messages = new Set(taken.tickets.flatMap((ticket) => ticket.messages))
    for (const [lane, times] of this.appends) {
      for (const [at, list] of times) {
        const kept: StoredMessage[] = []
        for (const message of list) {
          if (!messages.has(message)) kept.push(message)
          else {
            taken.append(lane, at, message)
            this.#count(lane, -1, -message.bytes)
          }
        }
        if (kept.length > 0) times.set(at, kept)
        else times.delete(at)
      }
      if (times.size === 0) this.appends.delete(lane)
    }
    return taken
  }

  /** Puts what a failed commit could not write before what has come since. */
  prepend(earlier: PendingChanges): void {
    this.#last = undefined
    for (const [lane, times] of earlier.appends) {
      for (const [at, messages] of times) {
        const later = this.appends.get(lane)?.get(at)
        if (!this.appends.has(lane)) this.appends.set(lane, new Map())
        this.appends.get(lane)?.set(at, later === undefined ? messages : [...messages, ...later])
      }
    }
    for (const chunk of earlier.dirty) this.dirty.add(chunk)
    this.removed.push(...earlier.removed)
    this.tickets = [...earlier.tickets, ...this.tickets]
    this.ends = [...earlier.ends, ...this.ends]
    this.waiters = [...earlier.waiters, ...this.waiters]
    this.freedItems += earlier.freedItems
    this.freedBytes += earlier.freedBytes
    for (const name of ['items', 'bytes', 'dead', 'later'] as const) this.delta[name] += earlier.delta[name]
  }

  #listOf(lane: number, at: number): StoredMessage[] {
    let times = this.appends.get(lane)
    if (times === undefined) this.appends.set(lane, (times = new Map()))
    let messages = times.get(at)
    if (messages === undefined) times.set(at, (messages = []))
    return messages
  }

  #count(lane: number, items: number, bytes: number): void {
    this.delta.items += items
    this.delta.bytes += bytes
    if (lane === DEAD) this.delta.dead += items
    else if (lane === LATER || lane === HELD) this.delta.later += items
  }
}
