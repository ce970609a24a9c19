import { systemClock } from '../kernel/clock.ts'
import type { Clock } from '../kernel/clock.ts'

/** Somebody who has done things in this turn without asking for the time. */
export interface Hasty {
  /** The turn is over: what was done in it was done by `now`. */
  turnEnded(now: number): void
}

const rushReadings = 16
const rushMs = 0.01

let read = 0.5 // a fraction, so that V8 keeps it as a double in place and updating it allocates nothing
let inARow = 0
const hasty = new Set<Hasty>() // bounded by the gates there are

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
export const turnTime: Pick<Clock, 'now'> = {
  now: () => {
    const now = systemClock.now()
    const gap = now - read
    read = now
    inARow = gap > 0 && gap < rushMs ? inARow + 1 : 0
    return now
  },
}

/** Whether the readings of {@link turnTime} follow so close on each other that some may be left out. */
export function isRush(): boolean {
  return inARow >= rushReadings
}

/** Tells `one` when the turn has ended. */
export function atTurnEnd(one: Hasty): void {
  if (hasty.size === 0) systemClock.yield(endTurn)
  hasty.add(one)
}

function endTurn(): void {
  const now = systemClock.now()
  inARow = 0
  for (const one of hasty) one.turnEnded(now)
  hasty.clear()
}
