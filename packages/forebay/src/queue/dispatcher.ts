import type { Clock } from '../kernel/clock.ts'
import type { Loader } from './loader.ts'
import type { Message } from './message.ts'
import type { QueueTime } from './queue-time.ts'
import type { Settlement } from './settlement.ts'
import type { Suspects } from './suspects.ts'
import type { Window } from './window.ts'

/** Deliveries in a row after which other work of the event loop gets a turn; a clock that is moved by hand has no such work. */
const TURN = 256

/** Who takes messages, as far as the dispatcher is concerned. */
export interface Taker<M> {
  /** How many more messages it may be handed now. */
  wants(): number
  /** Hands one over. Returns false when the message turned out not to be fit for delivery. */
  hand(message: M): boolean
  /** A round is over; `isDry` when nothing is left that could be handed out at once. */
  roundOver(isDry: boolean): void
}

/** Hands ready messages to whoever has credit, in turn, message by message. */
export class Dispatcher {
  readonly #window: Window
  readonly #loader: Loader
  readonly #suspects: Suspects
  readonly #settlement: Settlement
  readonly #time: QueueTime
  readonly #clock: Clock
  readonly #maxAttempts: number
  /** One entry an open receiver. */
  readonly #takers: Taker<Message>[] = []
  #turn = 0
  #inARow = 0
  #isBooked = false
  #isReadingAhead = false
  #isClosed = false

  constructor(options: {
    window: Window
    loader: Loader
    suspects: Suspects
    settlement: Settlement
    time: QueueTime
    clock: Clock
    maxAttempts: number
  }) {
    this.#window = options.window
    this.#loader = options.loader
    this.#suspects = options.suspects
    this.#settlement = options.settlement
    this.#time = options.time
    this.#clock = options.clock
    this.#maxAttempts = options.maxAttempts
  }

  get takers(): number {
    return this.#takers.length
  }

  add(taker: Taker<Message>): void {
    this.#takers.push(taker)
    this.book()
  }

  remove(taker: Taker<Message>): void {
    const at = this.#takers.indexOf(taker)
    if (at >= 0) this.#takers.splice(at, 1)
  }

  /** Something changed that may let a message go out: a round follows soon, never from inside the caller. */
  book(): void {
    if (this.#isBooked || this.#isClosed) return
    this.#isBooked = true
    if (this.#inARow < TURN || this.#clock.exact === true) queueMicrotask(() => this.#round())
    else {
      this.#inARow = 0
      this.#clock.yield(() => this.#round())
    }
  }

  close(): void {
    this.#isClosed = true
  }

  #round(): void {
    this.#isBooked = false
    if (this.#isClosed || this.#takers.length === 0) return
    const isDry = this.#handOut()
    this.#suspects.advance()
    this.#readAhead(isDry)
    const isOver = isDry && this.#window.items === this.#window.idle
    for (const taker of this.#takers.slice())
      taker.roundOver(isOver && !this.#loader.isReading && !this.#suspects.isArming)
  }

  /**
   * Reads on, so that the next round finds something. When everybody has what they wanted, that can wait until the
   * acks of this turn are on their way to the disk: it is read while they are written.
   */
  #readAhead(isDry: boolean): void {
    if (isDry || this.#clock.exact === true) this.#loader.fill()
    else if (!this.#isReadingAhead) {
      this.#isReadingAhead = true
      this.#clock.yield(() => {
        this.#isReadingAhead = false
        this.#loader.fill()
      })
    }
  }

  /** Returns true when messages ran out before credit did. */
  #handOut(): boolean {
    let idle = 0
    while (idle < this.#takers.length) {
      if (this.#inARow >= TURN && this.#clock.exact !== true) {
        this.book()
        return false
      }
      const taker = this.#takers[this.#turn++ % this.#takers.length] as Taker<Message>
      if (taker.wants() === 0) {
        idle++
        continue
      }
      const message = this.#next()
      if (message === undefined) return true
      if (!taker.hand(message)) continue
      idle = 0
      this.#inARow++
    }
    return false
  }

  /** The next message that may go out; those that may not are sent where they belong. */
  #next(): Message | undefined {
    for (;;) {
      const message = this.#take()
      if (message === undefined) return undefined
      const { expiresAt } = message.stored
      if (expiresAt > 0 && expiresAt <= this.#time.stamp()) this.#settlement.drop(message, 'expired')
      else if (message.failed >= this.#maxAttempts) {
        message.failed = this.#maxAttempts - 1
        this.#settlement.bury(message, 'the process ended while it was worked on')
      } else if (message.suspect && !message.armed) this.#suspects.hold(message)
      else return message
    }
  }

  #take(): Message | undefined {
    for (;;) {
      const message = this.#window.take()
      if (message !== undefined) return message
      this.#loader.fill()
      // All that was read may wait for a key that is busy: what lies behind it may not.
      if (this.#window.items === this.#window.idle) return undefined
    }
  }
}
