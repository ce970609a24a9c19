/** How it goes between a shared limit and its store. */
export interface SharedLimitStats {
  readonly isAway: boolean
  /** Why it is away, or was last. */
  readonly error: unknown
  readonly roundTrips: number
  /** Slots leased now. */
  readonly leased: number
}

export class SharedLimitCounts implements SharedLimitStats {
  isAway = false
  error: unknown = undefined
  roundTrips = 0
  leased = 0
}
