import { quantity } from './quantity.ts'

/** A length of time: a number of milliseconds, or a number with a unit: `'200ms'`, `'2s'`, `'5m'`, `'1h'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h'}`

const factors = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** Milliseconds of `value`. Throws `RangeError` naming `option` unless it is a finite length ≥ 0. */
export function milliseconds(option: string, value: Duration): number {
  if (typeof value === 'number' && value >= 0 && value < Infinity) return value
  return quantity(option, value, factors, 0, "milliseconds ≥ 0 or a duration such as '200ms'")
}

/** The same for a length that must not be 0. */
export function positiveMilliseconds(option: string, value: Duration): number {
  const ms = milliseconds(option, value)
  if (ms > 0) return ms
  throw new RangeError(`${option}: expected a duration > 0, got 0`)
}
