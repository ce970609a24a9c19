import type { Clock } from '../kernel/clock.ts'
import type { Leased } from './message.ts'
import { MinHeap } from '../kernel/min-heap.ts'
import { Slots } from './slots.ts'

/** What runtimes take for a timer; a sweep that comes too early sets the next. */
export const LONGEST_TIMER: number = 2 ** 31 - 1

interface Expiry<M> {
  readonly at: number
  readonly message: M
}

/**
 * Who works on what until when, on the monotonic clock. Leases live in memory: when the process ends, all of them do.
 * An entry of the heap counts only while it is its message's own deadline, so settling and extending touch nothing
 * in it; it is swept when half of it is stale.
 */
export class Leases<M extends Leased> {
  readonly #clock: Clock
  readonly #onExpired: (messages: M[]) => void
  readonly #out = new Slots<M>() // bounded by the receivers' prefetch
  #expiries = new MinHeap<Expiry<M>>((expiry) => expiry.at)
  #cancel: (() => void) | undefined
  #timerAt = Infinity

  constructor(clock: Clock, onExpired: (messages: M[]) => void) {
    this.#clock = clock
    this.#onExpired = onExpired
  }

  get size(): number {
    return this.#out.size
  }

  messages(): readonly M[] {
    return this.#out.values()
  }

  start(message: M, ms: number): void {
    this.#out.add(message)
    this.extend(message, ms)
  }

  extend(message: M, ms: number): void {
    message.deadline = this.#clock.now() + ms
    if (this.#expiries.length > 2 * this.#out.size + 64) this.#expiries.retain((expiry) => this.#isCurrent(expiry))
    this.#expiries.push({ at: message.deadline, message })
    this.#arm()
  }

  end(message: M): void {
    this.#out.delete(message)
    message.holder = undefined
  }

  close(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#timerAt = Infinity
    for (const message of this.#out.values().slice()) this.#out.delete(message)
    this.#expiries.retain(() => false)
  }

  #isCurrent(expiry: Expiry<M>): boolean {
    return expiry.at === expiry.message.deadline && this.#out.has(expiry.message)
  }

  #arm(): void {
    const next = this.#expiries.peek()
    if (next === undefined || next.at >= this.#timerAt) return
    this.#cancel?.()
    this.#timerAt = next.at
    this.#cancel = this.#clock.after(Math.min(LONGEST_TIMER, Math.max(0, next.at - this.#clock.now())), () =>
      this.#sweep(),
    )
  }

  #sweep(): void {
    this.#timerAt = Infinity
    const now = this.#clock.now()
    const expired: M[] = []
    for (let next = this.#expiries.peek(); next !== undefined; next = this.#expiries.peek()) {
      const isCurrent = this.#isCurrent(next)
      if (isCurrent && next.at > now) break
      this.#expiries.pop()
      if (isCurrent && this.#out.delete(next.message)) expired.push(next.message)
    }
    this.#arm()
    if (expired.length > 0) this.#onExpired(expired)
  }
}
