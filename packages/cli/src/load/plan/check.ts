/** Throws `RangeError` unless `value` is a whole number in [min, max]. */
export function checkWhole(option: string, value: unknown, min: number, max: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number
  throw new RangeError(`${option}: expected a whole number from ${min} to ${max}, got ${show(value)}`)
}

/** Throws `TypeError` unless `value` is an object with names of its own. */
export function checkRecord(option: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new TypeError(`${option}: expected an object, got ${show(value)}`)
}

/** Throws `RangeError` for a name that is not one of `known`: a misspelt option must not be ignored. */
export function checkNames(option: string, value: unknown, known: readonly string[]): void {
  for (const name of Object.keys(checkRecord(option, value))) {
    if (!known.includes(name)) {
      throw new RangeError(`${option}: expected ${known.join(', ')}, got ${show(name)}`)
    }
  }
}

const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i

/** Throws `RangeError` unless `value` can be the name of a header (RFC 9110 §5.1). */
export function checkHeaderName(option: string, value: unknown): string {
  if (typeof value === 'string' && token.test(value) && value.length <= 256) return value.toLowerCase()
  throw new RangeError(`${option}: expected the name of a header, got ${show(value)}`)
}

/** Headers with names in lower case. Throws `RangeError` for what cannot be sent. */
export function checkHeaders(option: string, value: unknown): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, text] of Object.entries(checkRecord(option, value ?? {}))) {
    headers[checkHeaderName(option, name)] = checkHeaderValue(`${option}.${name}`, text)
  }
  return headers
}

/** Throws `RangeError` unless `value` can be the value of a header: visible characters, spaces and tabs. */
export function checkHeaderValue(option: string, value: unknown): string {
  if (typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value) && value.length <= 8192) return value
  throw new RangeError(`${option}: expected text without line breaks, got ${show(value)}`)
}

/** A short picture of any value for a message. */
export function show(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `'${value.slice(0, 60)}…'` : `'${value}'`
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}
