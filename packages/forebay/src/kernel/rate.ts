import { quantity } from './quantity.ts'

/** A rate: permits a second, or a number with a unit: `'50/s'`, `'600/m'`, `'1000/h'`. */
export type Rate = number | `${number}/${'s' | 'm' | 'h' | 'min'}`

const seconds = { '/s': 1, '/m': 60, '/min': 60, '/h': 3600 } as const

/** Permits a second of `value`. Throws `RangeError` naming `option` unless it is a finite rate > 0. */
export function perSecond(option: string, value: Rate): number {
  return quantity(option, value, seconds, Number.MIN_VALUE, "permits a second > 0 or a rate such as '50/s'")
}
