import { ForebayError } from '../../kernel/errors.ts'
import type { Port, Pull } from '../../kernel/receiver.ts'
import { RingBuffer } from '../../kernel/ring-buffer.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { InputEnd } from '../junctions/input-end.ts'
import { loseRecords } from './lose-records.ts'

/**
 * What became of an item: `accepted`; `dropped` by the policy, and counted; `full`: not taken, to be offered again
 * when there is room; `closed`: the queue has ended, or its flow has.
 */
export type QueueOffer = 'accepted' | 'dropped' | 'full' | 'closed'

/** What a full queue source does. */
export type QueueOverflow = 'backpressure' | 'drop-oldest' | 'drop-newest' | 'drop-all' | 'fail'

interface Bounds {
  readonly items: number
  readonly overflow: QueueOverflow
  readonly waiting: number
  readonly name: string
  /** Bytes that must be held for it to be full before `items` are; an item is taken while there are fewer. */
  readonly bytes?: number | undefined
  readonly sizeOf?: ((value: any) => number) | undefined
}

interface Waiting<T> {
  readonly value: T
  readonly answer: (offer: QueueOffer) => void
}

/**
 * What a queue source holds for its flow, before and while it runs.
 *
 *   offer, put ──▶ [ held ≤ items ] ──run──▶ flow
 *        put ──▶ waiting ≤ `waiting` ──┘ as room comes
 */
export class OfferedItems<T> implements Pull {
  readonly #bounds: Bounds
  readonly #held: RingBuffer<T>
  /** Calls of `put`, in order. */
  readonly #waiting = new Set<Waiting<T>>()
  /** Records that were lost before there was a run to count them, by reason. */
  #early = 0
  #end: InputEnd | undefined
  #isClosed = false
  #heldBytes = 0
  #pulled = 0
  #port: Port | undefined
  #run: { readonly env: RunEnvironment; readonly stage: StageAccount } | undefined

  constructor(bounds: Bounds) {
    this.#bounds = bounds
    this.#held = new RingBuffer(bounds.items)
  }

  get length(): number {
    return this.#held.length
  }

  get hasRoom(): boolean {
    return this.#end === undefined && !this.#isClosed && !this.#isFull()
  }

  attach(env: RunEnvironment, stage: StageAccount): this {
    this.#run = { env, stage }
    const early = this.#early
    this.#early = 0
    this.#lose(this.#bounds.overflow, early)
    return this
  }

  offer(value: T): QueueOffer {
    if (this.#end !== undefined || this.#isClosed) return 'closed'
    const { overflow, name } = this.#bounds
    if (this.#isFull()) {
      if (overflow === 'backpressure') return 'full'
      if (overflow === 'drop-newest' || overflow === 'fail') {
        this.#lose(overflow, 1)
        if (overflow === 'fail') {
          this.end({
            failed: true,
            error: new ForebayError('FOREBAY_OVERFLOW', `${name}: full with ${this.length} items`),
          })
        }
        return 'dropped'
      }
      if (overflow === 'drop-all') this.#drop(this.#held.length, overflow)
      while (this.#isFull()) this.#drop(1, overflow)
    }
    this.#hold(value)
    this.#port?.wake()
    return 'accepted'
  }

  put(value: T, signal: AbortSignal | undefined): QueueOffer | Promise<QueueOffer> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    const offered = this.offer(value)
    if (offered !== 'full' || this.#waiting.size >= this.#bounds.waiting) return offered
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(waiting)
        reject(signal?.reason as Error)
      }
      const answer = (offer: QueueOffer): void => {
        signal?.removeEventListener('abort', onAbort)
        resolve(offer)
      }
      const waiting: Waiting<T> = { value, answer }
      this.#waiting.add(waiting)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** No more is taken; calls that wait have come too late. */
  end(end: InputEnd): void {
    if (this.#end !== undefined || this.#isClosed) return
    this.#end = end
    this.#refuse()
    this.#port?.wake()
  }

  bind(port: Port): void {
    this.#port = port
    if (this.#held.length === 0 && this.#end !== undefined) this.#tell(port)
  }

  run(port: Port): void {
    let left = port.left()
    let start = left
    while (port.n > 0 && this.#held.length > 0) {
      const value = this.#take()
      this.#pulled++
      this.#admit()
      port.step(value, undefined)
      if (--left > 0) continue
      if (!port.tick(start)) return
      start = left = port.left()
    }
    if (left < start) port.tick(start - left)
    if (this.#held.length === 0 && this.#end !== undefined) this.#tell(port)
  }

  cancel(): void {
    this.#isClosed = true
    this.#refuse()
    this.#drop(this.#held.length, 'cancelled')
  }

  /** What is held flows out. */
  stop(): void {
    this.end({ failed: false, error: undefined })
  }

  pulled(): number {
    return this.#pulled
  }

  #isFull(): boolean {
    const { bytes } = this.#bounds
    return this.#held.isFull || (bytes !== undefined && this.#heldBytes >= bytes)
  }

  #hold(value: T): void {
    this.#held.push(value)
    this.#heldBytes += this.#bounds.sizeOf?.(value) ?? 0
  }

  #take(): T {
    const value = this.#held.shift()
    this.#heldBytes -= this.#bounds.sizeOf?.(value) ?? 0
    return value
  }

  /** The calls that have waited longest get the room. */
  #admit(): void {
    for (const waiting of this.#waiting) {
      if (this.#isFull()) return
      this.#waiting.delete(waiting)
      this.#hold(waiting.value)
      waiting.answer('accepted')
    }
  }

  #refuse(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const { answer } of waiting) answer('closed')
  }

  #drop(count: number, reason: string): void {
    for (let left = count; left > 0; left--) this.#take()
    this.#lose(reason, count)
  }

  #lose(reason: string, count: number): void {
    if (count === 0) return
    if (this.#run === undefined) {
      this.#early += count
      return
    }
    this.#pulled += count
    loseRecords(this.#run.env, this.#run.stage, reason, count)
  }

  #tell(port: Port): void {
    this.#isClosed = true
    if (this.#end?.failed === true) port.failed(this.#end.error)
    else port.done()
  }
}
