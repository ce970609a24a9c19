/** A number of bytes, or a number with a unit: `'512B'`, `'64KiB'`, `'8MiB'`, `'1GiB'`, and the decimal `kB`, `MB`, `GB`. */
export type Bytes = number | `${number}${'B' | 'KiB' | 'MiB' | 'GiB' | 'kB' | 'MB' | 'GB'}`

const factors = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, kB: 1000, MB: 1e6, GB: 1e9 } as const

/** Bytes of `value`. Throws `RangeError` naming `option` unless it is a finite amount > 0. */
export function byteCount(option: string, value: Bytes): number {
  if (typeof value === 'number') {
    if (Number.isFinite(value) && value > 0) return value
  } else if (typeof value === 'string') {
    const match = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB|kB|MB|GB)$/.exec(value)
    if (match !== null) {
      const count = Number(match[1]) * factors[match[2] as keyof typeof factors]
      if (count > 0) return count
    }
  }
  throw new RangeError(`${option}: expected bytes > 0 or an amount such as '8MiB', got ${String(value)}`)
}
