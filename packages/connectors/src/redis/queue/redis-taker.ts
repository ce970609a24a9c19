import type { Clock } from 'forebay'
import type { Held, LinkEvents } from 'forebay/queue'
import { ENTRY_PARTS, storedMessage } from './redis-entry.ts'
import type { Tag } from './redis-link.ts'

/** Messages in one answer. */
const MOST = 1000
/** A word that was published may be lost with its connection: who waits asks now and then by itself, ms. */
const SURE_MS = 5000
const AGAIN_MS = 500

interface Taken {
  readonly owner: string
  readonly deadline: number
  readonly reply: unknown
}

/**
 * Asks for messages while they are wanted, one call at a time; when there are too few it waits until it is woken, or
 * until something is due.
 */
export class RedisTaker {
  readonly #clock: Clock
  readonly #events: LinkEvents
  readonly #take: (most: number) => Promise<Taken>
  readonly #took: (messages: readonly Held[]) => void
  #wanted = 0
  /** Counts what may have changed the answer of a call that is under way. */
  #news = 0
  #isTaking = false
  #isPaused = false
  #cancel: (() => void) | undefined

  constructor(options: {
    clock: Clock
    events: LinkEvents
    take: (most: number) => Promise<Taken>
    took: (messages: readonly Held[]) => void
  }) {
    this.#clock = options.clock
    this.#events = options.events
    this.#take = options.take
    this.#took = options.took
  }

  want(now: number): void {
    if (now > this.#wanted) this.#news++
    this.#wanted = now
    if (now === 0) this.#stopWaiting()
    else this.#go()
  }

  /** There may be something now. */
  wake(): void {
    this.#news++
    this.#go()
  }

  pause(): void {
    this.#isPaused = true
    this.#stopWaiting()
  }

  resume(): void {
    this.#isPaused = false
    this.#go()
  }

  close(): void {
    this.#wanted = 0
    this.pause()
  }

  #go(): void {
    if (this.#isTaking || this.#isPaused || this.#wanted === 0) return
    this.#stopWaiting()
    this.#isTaking = true
    void this.#ask()
  }

  async #ask(): Promise<void> {
    const most = Math.min(MOST, this.#wanted)
    const news = this.#news
    let isEnough = false
    let due = AGAIN_MS
    try {
      const taken = await this.#take(most)
      const [dueMs, expired, parts] = taken.reply as [number, Buffer[], unknown[]]
      const messages = messagesOf(parts, taken)
      this.#took(messages)
      this.#wanted = Math.max(0, this.#wanted - messages.length)
      if (expired.length > 0) this.#events.dropped('expired', expired.length, expired.map(String))
      if (messages.length > 0) this.#events.deliver(messages)
      isEnough = messages.length === most || dueMs === 0 || news !== this.#news
      due = dueMs < 0 ? SURE_MS : Math.min(SURE_MS, dueMs)
      if (!isEnough && this.#wanted > 0) this.#events.dry()
    } catch {
      // The broker is away: `pause` is told by the connection, and everything that was leased comes back.
    }
    this.#isTaking = false
    if (isEnough) this.#go()
    else if (this.#wanted > 0 && !this.#isPaused) {
      this.#cancel = this.#clock.after(due, () => {
        this.#cancel = undefined
        this.#go()
      })
    }
  }

  #stopWaiting(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}

function messagesOf(parts: readonly unknown[], { owner, deadline }: Taken): Held[] {
  const messages: Held[] = []
  for (let at = 0; at < parts.length; at += ENTRY_PARTS) {
    const { lane, ...stored } = storedMessage(parts, at)
    const tag: Tag = { seq: String(stored.seq), owner, lane }
    messages.push({ stored, tag, deadline, redelivered: String(parts[at + ENTRY_PARTS - 1]) !== '' })
  }
  return messages
}
