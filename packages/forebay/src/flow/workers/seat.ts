import type { Clock } from '../../kernel/clock.ts'
import type { Random } from '../../kernel/random.ts'
import { STARVED, type SlotState } from '../../kernel/stage-account.ts'
import { Alarm } from '../alarm.ts'
import type { WorkerItem } from './worker-item.ts'
import type { Answer, StartWorker, WorkerEvents, WorkerPort } from './worker-port.ts'

/** A worker that has work and is late has so long to say that its event loop turns, ms. */
const SIGN_MS = 100
/** The second death in a row waits up to this, ms, each further one up to twice as long as the one before. */
const BACKOFF_MS = 100
const MOST_BACKOFF_MS = 10_000

/** What a seat tells its stage. */
export interface SeatHost {
  readonly clock: Clock
  readonly random: Random
  /** How long items may take, and how long a worker may take to be ready, ms. */
  readonly timeoutMs: number
  readonly startMs: number
  readonly start: StartWorker
  ready(seat: Seat): void
  /** Called while the seat still has the items; then it is {@link freed}. */
  answered(items: readonly WorkerItem[], answer: Answer): void
  freed(seat: Seat): void
  /** Its worker has died with these items; the seat gets another one by itself, unless it is told to stop. */
  died(seat: Seat, items: readonly WorkerItem[], error: unknown): void
  /** It was told to stop, and its worker is gone. */
  stopped(seat: Seat): void
}

/**
 * The place of one worker in its stage. It keeps what the worker was given until that is answered, replaces the worker when it
 * dies or hangs, and waits longer each time that happens in a row.
 *
 *   starting ─▶ ready ─▶ (died) waiting ─▶ starting …        stopping ─▶ stopped
 */
export class Seat {
  readonly number: number
  state: 'starting' | 'ready' | 'waiting' | 'stopping' | 'stopped' = 'waiting'
  /** Where its slot is in the account of the stage. */
  slot: SlotState = STARVED
  /** Items that its worker has. */
  items = 0
  /** It has one item that a worker may have died of, and gets no other until that is answered. */
  isAlone = false
  /** Its worker has too much work that has outlived its time: it gets no more items, and another one comes when it has none. */
  #isSpent = false
  /** It gets no more items, and stops when it has none. */
  isRetiring = false
  /** Workers that have ended in a row before they were ready. */
  failedStarts = 0
  /** Workers that have died since one of this seat has answered. */
  #deaths = 0
  /** By number, oldest first. */
  readonly #parcels = new Map<number, readonly WorkerItem[]>()
  readonly #host: SeatHost
  readonly #alarm: Alarm
  #port: WorkerPort | undefined
  #cancelStart: (() => void) | undefined
  /** It was asked for a sign, and has not given one. */
  #isAsked = false
  #ending: unknown

  constructor(host: SeatHost, number: number) {
    this.#host = host
    this.number = number
    this.#alarm = new Alarm(host.clock, () => this.#late())
  }

  /** Whether it may get items. */
  get isOpen(): boolean {
    return this.state === 'ready' && !this.isAlone && !this.isRetiring && !this.#isSpent
  }

  start(): void {
    this.state = 'starting'
    this.#ending = undefined
    this.#isSpent = false
    this.#alarm.set(this.#host.startMs)
    let early: (() => void)[] | undefined = []
    let isOver = false
    const later = (event: () => void): void => {
      if (isOver) return
      if (early === undefined) event()
      else early.push(event)
    }
    const events: WorkerEvents = {
      ready: () => later(() => this.#ready()),
      heard: () => later(() => this.#heard()),
      answered: (parcel, answer) => later(() => this.#answered(parcel, answer)),
      gone: (error) =>
        later(() => {
          isOver = true
          this.#gone(error)
        }),
    }
    try {
      this.#port = this.#host.start(events, this.number)
    } catch (error) {
      events.gone(error)
    }
    // What came before there was a port to answer through.
    const missed = early
    early = undefined
    for (const event of missed) event()
  }

  /** Gives it work; throws when an item cannot be sent. */
  give(parcel: number, items: readonly WorkerItem[]): void {
    this.#port?.send(
      parcel,
      items.map(({ value }) => value),
    )
    this.#parcels.set(parcel, items)
    this.items += items.length
    if (this.#parcels.size === 1) this.#watch()
  }

  /** No more work, no more workers. */
  stop(): void {
    if (this.state === 'stopping' || this.state === 'stopped') return
    this.#alarm.close()
    this.#cancelStart?.()
    const { state } = this
    this.state = 'stopping'
    if (state === 'waiting') this.#stopped()
    else if (state === 'starting') this.#port?.kill()
    else this.#port?.stop()
  }

  /** Ends its worker, which then counts as dead of `reason`. */
  kill(reason: unknown): void {
    this.#ending = reason
    this.#port?.kill()
  }

  /** Every item that its worker has. */
  *given(): Generator<WorkerItem> {
    for (const items of this.#parcels.values()) yield* items
  }

  #ready(): void {
    if (this.state !== 'starting') return
    this.state = 'ready'
    this.failedStarts = 0
    this.#alarm.clear()
    this.#host.ready(this)
  }

  #answered(parcel: number, answer: Answer): void {
    const items = this.#parcels.get(parcel)
    if (items === undefined) return
    this.#deaths = 0
    this.#host.answered(items, answer)
    this.#parcels.delete(parcel)
    this.items -= items.length
    this.isAlone = false
    this.#isSpent ||= answer.isSpent === true
    this.#watch()
    if (this.#isSpent && this.items === 0 && this.state === 'ready') this.kill(new Error('spent: late work goes on'))
    this.#host.freed(this)
  }

  #gone(error: unknown): void {
    this.#port = undefined
    this.#alarm.close()
    if (this.state === 'stopping') return this.#stopped()
    if (this.state === 'starting') this.failedStarts++
    this.items = 0
    this.isAlone = false
    this.#deaths++
    this.state = 'waiting'
    const backoff = this.#deaths === 1 ? 0 : Math.min(MOST_BACKOFF_MS, BACKOFF_MS * 2 ** (this.#deaths - 2))
    this.#cancelStart = this.#host.clock.after(backoff * this.#host.random.next(), () => {
      this.#cancelStart = undefined
      this.start()
    })
    this.#host.died(this, [...this.given()], this.#ending ?? error)
    this.#parcels.clear()
    this.#host.freed(this)
  }

  #stopped(): void {
    this.state = 'stopped'
    this.#parcels.clear()
    this.items = 0
    this.#host.stopped(this)
  }

  /** Its oldest parcel has all its time from now on. */
  #watch(): void {
    this.#isAsked = false
    if (this.#host.timeoutMs === Infinity) return
    if (this.#parcels.size > 0) this.#alarm.set(this.#host.timeoutMs)
    else this.#alarm.clear()
  }

  /** An item that waits for something lets the event loop turn, and its own time is kept where it runs. */
  #late(): void {
    if (this.state === 'ready' && !this.#isAsked) {
      this.#isAsked = true
      this.#alarm.set(SIGN_MS)
      this.#port?.ping()
      return
    }
    const told = this.state === 'starting' ? `not ready within ${this.#host.startMs} ms` : 'hung'
    this.kill(new Error(told))
  }

  #heard(): void {
    if (this.#isAsked) this.#watch()
  }
}
