import type { Clock } from '../../kernel/clock.ts'
import { NOTHING, type Amount } from './amount.ts'
import type { Depth } from './broker-link.ts'
import type { Doubt } from './depth-reader.ts'

const NO_DOUBT: Doubt = { less: NOTHING, more: NOTHING }

/**
 * What a broker holds of one queue, as far as this client knows: what it was told last, and what it has done itself
 * since. What is with this client is counted by those who have it.
 */
export class Gauges {
  readonly #clock: Clock
  #ready = 0
  #delayed = 0
  #dead = 0
  #elsewhere = 0
  #items = 0
  #bytes = 0
  #oldestMs = 0
  #toldAt = 0

  constructor(clock: Clock, depth: Depth) {
    this.#clock = clock
    this.told(depth, 0)
  }

  get ready(): number {
    return Math.max(0, this.#ready)
  }

  get delayed(): number {
    return Math.max(0, this.#delayed)
  }

  get dead(): number {
    return Math.max(0, this.#dead)
  }

  /** Leased by other clients. */
  get elsewhere(): number {
    return this.#elsewhere
  }

  get bytes(): number {
    return Math.max(0, this.#bytes)
  }

  /** Age of the oldest ready message, ms. */
  get oldestMs(): number {
    return this.#ready <= 0 ? 0 : this.#oldestMs + this.#clock.now() - this.#toldAt
  }

  /**
   * The broker's own numbers, `own` deliveries of which are with this client. Returns by how much they are more than was
   * known. Where they leave a doubt, what was known stands if it can be true: the next answer may be as doubtful, and
   * what was counted twice would let in more than the bound.
   */
  told(depth: Depth, own: number, { less, more }: Doubt = NO_DOUBT): Amount {
    const { ready, delayed, dead, leased = own } = depth
    const told = ready + leased + delayed + dead
    const items = within(told - less.items, this.#items, told + more.items)
    const bytes =
      depth.bytes === undefined ? this.#bytes : within(depth.bytes - less.bytes, this.#bytes, depth.bytes + more.bytes)
    const news = { items: items - this.#items, bytes: bytes - this.#bytes }
    this.#items = items
    this.#bytes = bytes
    const wasEmpty = this.#ready <= 0
    this.#ready = ready
    this.#delayed = delayed
    this.#dead = dead
    this.#elsewhere = Math.max(0, leased - own)
    if (depth.oldestMs !== undefined || wasEmpty) {
      this.#oldestMs = depth.oldestMs ?? 0
      this.#toldAt = this.#clock.now()
    }
    return news
  }

  /** Items that were put, some of them for later. */
  stored(items: number, delayed: number, bytes: number): void {
    this.#items += items
    this.#bytes += bytes
    this.#delayed += delayed
    this.#became(items - delayed)
  }

  /** Messages that are no more. */
  gone(items: number, bytes: number): void {
    this.#items -= items
    this.#bytes = Math.max(0, this.#bytes - bytes)
  }

  /** Messages came to this client, or went back. */
  delivered(items: number): void {
    this.#became(-items)
  }

  /** A delivery of this client will be tried again. */
  delay(): void {
    this.#delayed++
  }

  /** Messages died, or were put back with a negative number. */
  bury(items: number): void {
    this.#dead += items
    if (items < 0) this.#became(-items)
  }

  #became(ready: number): void {
    if (this.#ready <= 0) {
      this.#oldestMs = 0
      this.#toldAt = this.#clock.now()
    }
    this.#ready += ready
  }
}

function within(least: number, value: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
