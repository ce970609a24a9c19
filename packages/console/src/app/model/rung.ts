import type { StageSnapshot } from 'forebay/observe'

/** `2 of 4`; the first rung is the best. */
export function rungPlace({ index, of }: NonNullable<StageSnapshot['rung']>): string {
  return `${index + 1} of ${of}`
}
