/** A rate: permits a second, or a number with a unit: `'50/s'`, `'600/m'`, `'1000/h'`. */
export type Rate = number | `${number}/${'s' | 'm' | 'h' | 'min'}`

const seconds = { s: 1, m: 60, min: 60, h: 3600 } as const

/** Permits a second of `value`. Throws `RangeError` naming `option` unless it is a finite rate > 0. */
export function perSecond(option: string, value: Rate): number {
  if (typeof value === 'number') {
    if (Number.isFinite(value) && value > 0) return value
  } else if (typeof value === 'string') {
    const match = /^(\d+(?:\.\d+)?)\/(s|m|min|h)$/.exec(value)
    if (match !== null) {
      const rate = Number(match[1]) / seconds[match[2] as keyof typeof seconds]
      if (rate > 0) return rate
    }
  }
  throw new RangeError(`${option}: expected permits a second > 0 or a rate such as '50/s', got ${String(value)}`)
}
