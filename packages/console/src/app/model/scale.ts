import type { StageSnapshot } from 'forebay/observe'

/** Pressure this near to 1 is as it should be. */
const TOLERANCE = 0.1

/** How many slots a stage that follows the load should have, within its bounds; as many as it has where it does not follow. */
export function wantedSlots({ slots, scale }: StageSnapshot): number {
  if (scale === undefined || Math.abs(scale.pressure - 1) <= TOLERANCE) return slots
  const { min, max, pressure, wouldHelp } = scale
  const wanted = Math.min(max, Math.max(min, Math.ceil(slots * pressure)))
  return wouldHelp ? wanted : Math.min(slots, wanted)
}
