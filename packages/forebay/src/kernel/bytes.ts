import { quantity } from './quantity.ts'

/** A number of bytes, or a number with a unit: `'512B'`, `'64KiB'`, `'8MiB'`, `'1GiB'`, and the decimal `kB`, `MB`, `GB`. */
export type Bytes = number | `${number}${'B' | 'KiB' | 'MiB' | 'GiB' | 'kB' | 'MB' | 'GB'}`

const factors = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, kB: 1000, MB: 1e6, GB: 1e9 } as const

/** Bytes of `value`. Throws `RangeError` naming `option` unless it is a finite amount > 0. */
export function byteCount(option: string, value: Bytes): number {
  return quantity(option, value, factors, Number.MIN_VALUE, "bytes > 0 or an amount such as '8MiB'")
}
