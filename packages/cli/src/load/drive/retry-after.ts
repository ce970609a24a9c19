/** No wait from outside is believed beyond this: one day. */
const LONGEST_MS = 86_400_000

/** Ms that a `Retry-After` asks to wait (RFC 9110 §10.2.3: seconds or a date); `undefined` when it cannot be read. */
export function readRetryAfter(value: string | string[] | undefined, wallMs: number): number | undefined {
  const text = (Array.isArray(value) ? value[0] : value)?.trim() ?? ''
  const ms = /^\d{1,15}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - wallMs
  return Number.isNaN(ms) || text === '' ? undefined : Math.min(LONGEST_MS, Math.max(0, ms))
}
