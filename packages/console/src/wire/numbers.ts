/** JSON has no infinity; no figure of a snapshot is negative. */
const infinite = -1
export const short = (value: number): number => (Number.isFinite(value) ? Math.round(value * 100) / 100 : infinite)
export const long = (value: number | undefined): number =>
  value === infinite || value === undefined ? Number.POSITIVE_INFINITY : value
