import type { Clock } from 'forebay'
import type { Held, LinkEvents } from 'forebay/queue'

/** Messages that are asked for at once, at most. */
const MOST = 1000
/** Whoever waits asks now and then by itself, since a word that something has come may be lost with its connection: ms. */
const FIRST_MS = 250
const SURE_MS = 5000

/** What a broker answered. */
export interface Taken {
  readonly messages: readonly Held[]
  /** Ids of messages that it found too old. */
  readonly expired: readonly string[]
  /** Ms until something is due that is not ready now: 0 when it is to be asked again at once, `Infinity` when nothing is. */
  readonly dueMs: number
}

/**
 * Asks a broker for messages while they are wanted, one call at a time; when there are too few it waits until it is woken,
 * until something is due, or a while that grows.
 */
export class AskingTaker {
  readonly #clock: Clock
  readonly #events: LinkEvents
  readonly #take: (most: number) => Promise<Taken>
  #wanted = 0
  /** Counts what may have changed the answer of a call that is under way. */
  #news = 0
  #sureMs = FIRST_MS
  #taking: Promise<void> | undefined
  #isPaused = false
  #cancel: (() => void) | undefined

  constructor(options: { clock: Clock; events: LinkEvents; take: (most: number) => Promise<Taken> }) {
    this.#clock = options.clock
    this.#events = options.events
    this.#take = options.take
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
    this.#sureMs = FIRST_MS
    this.#go()
  }

  /** Messages that came without being asked for now: a word that was left at the broker. */
  came(messages: readonly Held[]): void {
    this.#wanted = Math.max(0, this.#wanted - messages.length)
    if (messages.length > 0) this.#events.deliver(messages)
    this.wake()
  }

  pause(): void {
    this.#isPaused = true
    this.#stopWaiting()
  }

  resume(): void {
    this.#isPaused = false
    this.wake()
  }

  /** Asks no more; resolves when the last answer has come. */
  async close(): Promise<void> {
    this.#wanted = 0
    this.pause()
    await this.#taking
  }

  #go(): void {
    if (this.#taking !== undefined || this.#isPaused || this.#wanted === 0) return
    this.#stopWaiting()
    this.#taking = this.#ask()
  }

  async #ask(): Promise<void> {
    const most = Math.min(MOST, this.#wanted)
    const news = this.#news
    let isEnough = false
    let dueMs = this.#sureMs
    try {
      const { messages, expired, dueMs: due } = await this.#take(most)
      if (messages.length > 0) this.#sureMs = FIRST_MS
      this.#wanted = Math.max(0, this.#wanted - messages.length)
      if (expired.length > 0) this.#events.dropped('expired', expired.length, expired)
      if (messages.length > 0) this.#events.deliver(messages)
      isEnough = messages.length === most || due === 0 || news !== this.#news
      dueMs = Math.min(this.#sureMs, due)
      if (!isEnough && this.#wanted > 0) this.#events.dry()
    } catch {
      // The broker is away, or busy: whoever knows says `pause`; else it is asked again.
    }
    this.#taking = undefined
    if (isEnough) this.#go()
    else if (this.#wanted > 0 && !this.#isPaused) {
      this.#sureMs = Math.min(SURE_MS, this.#sureMs * 2)
      this.#cancel = this.#clock.after(dueMs, () => {
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
