/** Throws `RangeError` unless `value` is a whole number in [min, max]. The message names the option and what it got. */
export function checkInteger(option: string, value: unknown, min: number, max = 0x3fffffff): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw new RangeError(`${option}: expected a whole number from ${min} to ${max}, got ${show(value)}`)
}

/** Throws `RangeError` unless `value` is a number in [min, max]; `NaN` never is. */
export function checkNumber(option: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value
  throw new RangeError(`${option}: expected a number from ${min} to ${max}, got ${show(value)}`)
}

/** Throws `TypeError` unless `value` is a function. */
export function checkFunction<F>(option: string, value: F): F {
  if (typeof value === 'function') return value
  throw new TypeError(`${option}: expected a function, got ${show(value)}`)
}

/** Throws `RangeError` unless `value` is one of `allowed`. */
export function checkOneOf<T extends string>(option: string, value: unknown, allowed: readonly T[]): T {
  if (allowed.includes(value as T)) return value as T
  throw new RangeError(`${option}: expected one of ${allowed.join(', ')}, got ${show(value)}`)
}

/** A short, safe picture of any value for a message. */
export function show(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `'${value.slice(0, 60)}…'` : `'${value}'`
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}
