import type { Clock } from '../kernel/clock.ts'
import { ForebayError } from '../kernel/errors.ts'
import { Shed } from '../kernel/shed.ts'
import type { PauseReason, SenderCredit } from './sender.ts'
import { WaitingLine, type Waiter } from './waiting-line.ts'

export interface Bounds {
  readonly name: string
  readonly maxItems: number
  readonly maxBytes: number
  readonly maxWaiting: number
  readonly resumeAt: number
}

/**
 * The bounds of a queue: what is held (stored, on its way to the disk, or set aside for a grant) never exceeds them.
 * Who does not fit waits in one line, first come first served.
 *
 * Invariant: held items ≤ maxItems and held bytes ≤ maxBytes, but for what was carried in from before.
 */
export class Admission {
  readonly #bounds: Bounds
  readonly #clock: Clock
  readonly #line = new WaitingLine()
  readonly #listeners = new Set<(credit: SenderCredit) => void>()
  #items = 0
  #bytes = 0
  #isPaused = false
  #outside: 'disk' | 'closed' | undefined
  #blockedSince: number | undefined
  #blockedMs = 0
  /** The reason that listeners were told last. */
  #told: PauseReason | undefined

  constructor(bounds: Bounds, clock: Clock) {
    this.#bounds = bounds
    this.#clock = clock
  }

  /** Counts what the queue held when it was opened. */
  carry(items: number, bytes: number): void {
    this.#items += items
    this.#bytes += bytes
    this.#update()
  }

  get waiting(): number {
    return this.#line.length
  }

  get blockedMs(): number {
    return this.#blockedMs + (this.#blockedSince === undefined ? 0 : this.#clock.now() - this.#blockedSince)
  }

  get credit(): SenderCredit {
    const isOpen = this.#outside === undefined
    const items = isOpen ? Math.max(0, this.#bounds.maxItems - this.#items) : 0
    const bytes = isOpen ? Math.max(0, this.#bounds.maxBytes - this.#bytes) : 0
    const reason: PauseReason | undefined = this.#outside ?? (this.#isPaused ? 'full' : undefined)
    return reason === undefined ? { items, bytes, state: 'open' } : { items, bytes, state: 'paused', reason }
  }

  get isClosed(): boolean {
    return this.#outside === 'closed'
  }

  onCredit(listener: (credit: SenderCredit) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Whether the bounds have room, whoever waits. */
  fits(items: number, bytes: number): boolean {
    return (
      this.#outside === undefined &&
      this.#items + items <= this.#bounds.maxItems &&
      this.#bytes + bytes <= this.#bounds.maxBytes
    )
  }

  /** Takes room if there is some and nobody waits for it. */
  tryTake(items: number, bytes: number): boolean {
    if (this.#line.length > 0 || !this.fits(items, bytes)) {
      this.#update(true)
      return false
    }
    this.#take(items, bytes)
    return true
  }

  /** Takes room if there is some, ahead of whoever waits: for room that was just made. */
  takeAhead(items: number, bytes: number): boolean {
    const hasRoom = this.fits(items, bytes)
    if (hasRoom) this.#take(items, bytes)
    else this.#update(true)
    return hasRoom
  }

  /** Whether an item of this size fits when nothing else is held. */
  canHold(bytes: number): boolean {
    return bytes <= this.#bounds.maxBytes
  }

  /** Waits for room in line and takes it. */
  take(items: number, bytes: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    if (this.#outside === 'closed') return Promise.reject(this.#closed())
    if (items > this.#bounds.maxItems || bytes > this.#bounds.maxBytes)
      return Promise.reject(this.tooLarge(items, bytes))
    if (this.tryTake(items, bytes)) return Promise.resolve()
    if (this.#line.length >= this.#bounds.maxWaiting)
      return Promise.reject(new Shed({ reason: 'line', gate: this.#bounds.name }))
    this.#blockedSince ??= this.#clock.now()
    return this.#line.join(items, bytes, signal, () => this.#serve())
  }

  /** Gives room back. */
  give(items: number, bytes: number): void {
    this.#items -= items
    this.#bytes -= bytes
    this.#serve()
  }

  /** The disk refuses: no credit until it is asked to go on. */
  pause(): void {
    if (this.#outside === undefined) this.#outside = 'disk'
    this.#update()
  }

  resume(): void {
    if (this.#outside === 'disk') this.#outside = undefined
    this.#serve()
  }

  close(): void {
    if (this.#outside === 'closed') return
    this.#outside = 'closed'
    for (let waiter = this.#line.leave(); waiter !== undefined; waiter = this.#line.leave())
      waiter.reject(this.#closed())
    this.#update()
  }

  tooLarge(items: number, bytes: number): ForebayError {
    const { name, maxItems, maxBytes } = this.#bounds
    return new ForebayError(
      'FOREBAY_TOO_LARGE',
      `${name}: ${items} items of ${bytes} bytes can never fit into ${maxItems} items and ${maxBytes} bytes`,
    )
  }

  #take(items: number, bytes: number): void {
    this.#items += items
    this.#bytes += bytes
    this.#update()
  }

  #serve(): void {
    for (
      let next = this.#line.first;
      next !== undefined && this.fits(next.items, next.bytes);
      next = this.#line.first
    ) {
      const waiter = this.#line.leave() as Waiter
      this.#items += waiter.items
      this.#bytes += waiter.bytes
      waiter.resolve()
    }
    this.#update()
  }

  /** Tells listeners when the sender gets paused or may go on: paused when full, open again below `resumeAt`. */
  #update(refused = false): void {
    const { maxItems, maxBytes, resumeAt } = this.#bounds
    if (this.#line.length === 0 && this.#blockedSince !== undefined) {
      this.#blockedMs += this.#clock.now() - this.#blockedSince
      this.#blockedSince = undefined
    }
    if (this.#items >= maxItems || this.#bytes >= maxBytes || this.#line.length > 0 || refused) this.#isPaused = true
    else if (this.#items <= maxItems * resumeAt && this.#bytes <= maxBytes * resumeAt) this.#isPaused = false
    const { credit } = this
    if (credit.reason === this.#told) return
    this.#told = credit.reason
    for (const listener of this.#listeners) listener(credit)
  }

  #closed(): ForebayError {
    return new ForebayError('FOREBAY_CLOSED', `${this.#bounds.name} is closed`)
  }
}
