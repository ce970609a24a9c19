import { systemClock } from '../kernel/clock.ts'
import type { Clock } from '../kernel/clock.ts'

/** Somebody who has done things in this turn without asking for the time. */
export interface Hasty {
  /** The turn is over: what was done in it was done by `now`. */
  turnEnded(now: number): void
}

const rushReadings = 16
const rushMs = 0.01
const mostAbout = 64

/**
 * When the time need not be read. Reading it takes 40 ns, more than anything else that a free gate does; so a gate that is
 * asked over and over in one turn of the event loop asks for the time only where its answer depends on it.
 *
 *     turn ├─r─r─r─ … ─r─────────────r────────── … ┤ turnEnded
 *            16 readings, each      a few dozen answers for each reading from here on,
 *            within 10 µs           until the readings are further apart or the turn ends
 *
 * A gate that leaves readings out must be safe whenever within the turn its answers were given. Only the runtime's own clock
 * is treated so, and only while it moves: virtual time, and clocks that somebody else made, are read each time.
 */
export class TurnTime {
  readonly #clock: Clock
  #read = 0.5 // a fraction, so that V8 keeps it as a double in place and updating it allocates nothing
  #inARow = 0
  #left = 0
  #isEndTold = false
  readonly #hasty = new Set<Hasty>() // bounded by the gates there are

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether the readings follow so close on each other that some may be left out. */
  get isRush(): boolean {
    return this.#inARow >= rushReadings
  }

  now(): number {
    const now = this.#clock.now()
    const gap = now - this.#read
    this.#read = now
    this.#inARow = gap > 0 && gap < rushMs ? this.#inARow + 1 : 0
    return now
  }

  /** The time, or one of a little earlier in the same turn: for accounts and estimates, on which no answer depends. */
  about(): number {
    if (this.#left > 0) {
      this.#left--
      return this.#read
    }
    const now = this.now()
    if (this.isRush) {
      this.#left = mostAbout
      this.#tellEnd()
    }
    return now
  }

  /** Tells `hasty` when the turn has ended. */
  atEnd(hasty: Hasty): void {
    this.#hasty.add(hasty)
    this.#tellEnd()
  }

  #tellEnd(): void {
    if (this.#isEndTold) return
    this.#isEndTold = true
    this.#clock.yield(this.#end)
  }

  readonly #end = (): void => {
    const now = this.#clock.now()
    this.#isEndTold = false
    this.#inARow = 0
    this.#left = 0
    for (const hasty of this.#hasty) hasty.turnEnded(now)
    this.#hasty.clear()
  }
}

const ofSystem = new TurnTime(systemClock)

/** That of `clock`, if it is one whose readings may be left out. */
export function turnTimeOf(clock: Clock): TurnTime | undefined {
  return clock === systemClock ? ofSystem : undefined
}
