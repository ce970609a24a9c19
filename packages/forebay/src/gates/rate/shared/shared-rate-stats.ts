/** How it goes between a shared rate and its store. */
export interface SharedRateStats {
  readonly isAway: boolean
  /** Why it is away, or was last. */
  readonly error: unknown
  /** Batches sent; each is one round trip. */
  readonly roundTrips: number
  /** Keys asked for in them. */
  readonly asks: number
  /** Cost the store granted, and cost of it that nobody used here and that was given back. */
  readonly granted: number
  readonly returned: number
  /** Cost let in without the store while it was away. */
  readonly local: number
  /** Cost beyond what work was let in for that is never charged: more than 5000 keys owed some while the store was away. */
  readonly uncharged: number
}

export class SharedRateCounts implements SharedRateStats {
  isAway = false
  error: unknown = undefined
  roundTrips = 0
  asks = 0
  granted = 0
  returned = 0
  local = 0
  uncharged = 0
}
