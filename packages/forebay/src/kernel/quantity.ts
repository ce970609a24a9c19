/**
 * A finite number of at least `min`, or one with a unit: `'8MiB'`, or a unit to divide by: `'50/m'`. Throws
 * `RangeError` naming `option`, and what was `expected`, for anything else.
 */
export function quantity(
  option: string,
  value: unknown,
  units: Readonly<Record<string, number>>,
  min: number,
  expected: string,
): number {
  const [, digits, unit = '', by] =
    /^(\d+(?:\.\d+)?)((\/?)[a-zA-Z]+)$/.exec(typeof value === 'string' ? value : '') ?? []
  const factor = units[unit] ?? Number.NaN
  const amount = digits === undefined ? value : by === '/' ? Number(digits) / factor : Number(digits) * factor
  if (typeof amount === 'number' && Number.isFinite(amount) && amount >= min) return amount
  throw new RangeError(`${option}: expected ${expected}, got ${String(value)}`)
}
