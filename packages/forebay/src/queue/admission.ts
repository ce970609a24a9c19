import type { Clock } from '../kernel/clock.ts'
import { ForebayError } from '../kernel/errors.ts'
import { Shed } from '../kernel/shed.ts'
import type { QueueStats } from './queue-stats.ts'
import type { PauseReason, SenderCredit } from './sender.ts'
import { WaitingLine, type Waiter } from './waiting-line.ts'

export interface Bounds {
  readonly name: string
  readonly maxItems: number
  readonly maxBytes: number
  readonly maxWaiting: number
  readonly resumeAt: number
  /** What may be on its way to a broker at once, without an answer; default no limit of its own. */
  readonly window?: { readonly items: number; readonly bytes: number }
}

/**
 * The bounds of a queue: what is held (stored, on its way to the disk, or set aside for a grant) never exceeds them.
 * Who does not fit waits in one line, first come first served.
 *
 * Invariant: held items ≤ maxItems and held bytes ≤ maxBytes, but for what was carried in from before. With a window:
 * what is on its way fits into it, or is one batch alone.
 */
export class Admission {
  readonly #bounds: Bounds
  readonly #clock: Clock
  readonly #line = new WaitingLine()
  readonly #listeners = new Set<(credit: SenderCredit) => void>()
  #items = 0
  #bytes = 0
  /** Of these: on their way to a broker, or set aside. */
  #wayItems = 0
  #wayBytes = 0
  #pausedBy: 'full' | 'window' | undefined
  #outside: 'disk' | 'broker' | 'closed' | undefined
  #message: string | undefined
  #blockedSince: number | undefined
  #blockedMs = 0
  /** The reason that listeners were told last. */
  #told: PauseReason | undefined

  constructor(bounds: Bounds, clock: Clock) {
    this.#bounds = bounds
    this.#clock = clock
  }

  /** Counts what the queue held when it was opened, or what others put in and took out since. */
  carry(items: number, bytes: number): void {
    this.#items = Math.max(0, this.#items + items)
    this.#bytes = Math.max(0, this.#bytes + bytes) // what leaves may have come before anybody could tell its size
    this.#serve()
  }

  get waiting(): number {
    return this.#line.length
  }

  get blockedMs(): number {
    return this.#blockedMs + (this.#blockedSince === undefined ? 0 : this.#clock.now() - this.#blockedSince)
  }

  get credit(): SenderCredit {
    const isOpen = this.#outside === undefined
    const { maxItems, maxBytes, window } = this.#bounds
    const items = isOpen ? room(maxItems - this.#items, window?.items, this.#wayItems) : 0
    const bytes = isOpen ? room(maxBytes - this.#bytes, window?.bytes, this.#wayBytes) : 0
    const reason: PauseReason | undefined = this.#outside ?? this.#pausedBy
    if (reason === undefined) return { items, bytes, state: 'open' }
    const message = isOpen ? undefined : this.#message
    return { items, bytes, state: 'paused', reason, ...(message !== undefined && { message }) }
  }

  /** Its part of the statistics of the queue. */
  get stats(): Pick<QueueStats, 'waiting' | 'blockedMs' | 'paused'> {
    const { reason, message } = this.credit
    const paused = reason === undefined ? undefined : { reason, ...(message !== undefined && { message }) }
    return { waiting: this.waiting, blockedMs: this.blockedMs, ...(paused !== undefined && { paused }) }
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
      this.#bytes + bytes <= this.#bounds.maxBytes &&
      this.#hasWay(items, bytes)
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

  /** Gives room back that was taken and not used; without a window also what was. */
  give(items: number, bytes: number): void {
    this.#items -= items
    this.#bytes -= bytes
    this.arrived(items, bytes)
  }

  /** What was on its way is stored: it leaves the window and is still held. */
  arrived(items: number, bytes: number): void {
    if (this.#bounds.window !== undefined) {
      this.#wayItems -= items
      this.#wayBytes -= bytes
    }
    this.#serve()
  }

  /** The disk or the broker refuses: no credit until it is asked to go on. */
  pause(reason: 'disk' | 'broker', message: string): void {
    if (this.#outside === 'closed') return
    this.#outside = reason
    this.#message = message
    this.#update()
  }

  resume(): void {
    if (this.#outside === 'closed') return
    this.#outside = this.#message = undefined
    this.#serve()
  }

  close(): void {
    if (this.#outside === 'closed') return
    this.#outside = 'closed'
    this.#message = undefined
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
    this.#hold(items, bytes)
    this.#update()
  }

  #hold(items: number, bytes: number): void {
    this.#items += items
    this.#bytes += bytes
    if (this.#bounds.window === undefined) return
    this.#wayItems += items
    this.#wayBytes += bytes
  }

  /** A batch that is larger than the window goes alone. */
  #hasWay(items: number, bytes: number): boolean {
    const { window } = this.#bounds
    if (window === undefined || this.#wayItems === 0) return true
    return this.#wayItems + items <= window.items && this.#wayBytes + bytes <= window.bytes
  }

  #serve(): void {
    for (
      let next = this.#line.first;
      next !== undefined && this.fits(next.items, next.bytes);
      next = this.#line.first
    ) {
      const waiter = this.#line.leave() as Waiter
      this.#hold(waiter.items, waiter.bytes)
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
    const next = this.#line.first
    const isFull = this.#items >= maxItems || this.#bytes >= maxBytes
    if (isFull || next !== undefined || refused || !this.#hasWay(1, 1))
      this.#pausedBy = isFull || this.#hasWay(next?.items ?? 1, next?.bytes ?? 1) ? 'full' : 'window'
    else if (this.#items <= maxItems * resumeAt && this.#bytes <= maxBytes * resumeAt) this.#pausedBy = undefined
    const { credit } = this
    if (credit.reason === this.#told) return
    this.#told = credit.reason
    for (const listener of this.#listeners) listener(credit)
  }

  #closed(): ForebayError {
    return new ForebayError('FOREBAY_CLOSED', `${this.#bounds.name} is closed`)
  }
}

function room(held: number, window: number | undefined, way: number): number {
  return Math.max(0, window === undefined ? held : Math.min(held, window - way))
}
