import type { Clock } from '../kernel/clock.ts'
import type { Ask, Level } from '../kernel/gate.ts'
import { show } from '../kernel/check.ts'

/** The ask of a caller that asks for nothing special. */
export const plainAsk: Ask = Object.freeze({})

/** Stands for "no limit" in credit and inspections, which must stay whole numbers and survive JSON. */
export const unlimited = 0x3fffffff

/** Waits shorter than this are rounding, not waiting: 1 ns. */
export const roundingMs = 1e-6

/** The weight of `ask`; default 1. Throws `RangeError` unless it is a finite number ≥ 0: one `NaN` would poison a gate for good. */
export function costOf(ask: Ask): number {
  const { cost = 1 } = ask
  if (cost >= 0 && cost < Infinity) return cost
  throw new RangeError(`cost: expected a finite number ≥ 0, got ${show(cost)}`)
}

/** Whether whoever asks has not given up, and still has time. */
export function isLive(ask: Ask, clock: Clock): boolean {
  return !(ask.signal?.aborted === true || (ask.deadline !== undefined && ask.deadline <= clock.now()))
}

/** The level of `ask`; default 1. Throws `RangeError` unless it is 0, 1, 2 or 3. */
export function levelOf(ask: Ask): Level {
  const { level = 1 } = ask
  if (level === 0 || level === 1 || level === 2 || level === 3) return level
  throw new RangeError(`level: expected 0, 1, 2 or 3, got ${show(level)}`)
}
