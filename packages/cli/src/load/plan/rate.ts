/** Requests a second: a number, or one with a unit: `'500/s'`, `'600/m'`, `'1000/h'`. */
export type Rate = number | `${number}/${'s' | 'm' | 'h'}`

const seconds = { s: 1, m: 60, h: 3600 } as const
const MAX_RATE = 1_000_000

/** Requests a second of `value`, which may be 0. Throws `RangeError` naming `option`. */
export function requestsPerSecond(option: string, value: unknown): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(?:\/([smh]))?$/.exec(String(value)) ?? []
  const rate = Number(digits) / seconds[(unit ?? 's') as keyof typeof seconds]
  if (rate >= 0 && rate <= MAX_RATE) return rate
  throw new RangeError(`${option}: expected a rate from 0 to ${MAX_RATE}/s such as '500/s', got ${String(value)}`)
}
