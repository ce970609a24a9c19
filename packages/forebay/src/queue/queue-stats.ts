import type { PauseReason } from './sender.ts'

/**
 * The account of a queue since it was opened. Always:
 * `carriedIn + stored = acked + dropped + ready + leased + delayed + dead` (dropped summed over its reasons,
 * less `newest`: those were never stored), and every item offered was stored, duplicate, dropped as `newest`, or rejected.
 */
export interface QueueStats {
  readonly ready: number
  readonly leased: number
  /**
   * Messages in memory, ready or leased, that an earlier process may have died of. Those that come to their last
   * attempt are tried in groups that halve, each after the one before has ended.
   */
  readonly suspects: number
  /** Waiting for their time: delayed puts and retries. A message counts as ready once the queue has noticed that its time has come. */
  readonly delayed: number
  readonly dead: number
  /** Stored bytes of all of these. */
  readonly bytes: number
  /** Age of the message that is next in line and has waited longest, ms. */
  readonly oldestMs: number
  /** What it held when it was opened, dead letters included. */
  readonly carriedIn: number
  readonly stored: number
  readonly duplicates: number
  /** Items refused with an error. */
  readonly rejected: number
  readonly delivered: number
  /** Deliveries of a message that had been delivered before. */
  readonly redelivered: number
  readonly acked: number
  /** Attempts that failed: nack, reject, lease expired. */
  readonly failed: number
  readonly dropped: Readonly<Record<string, number>>
  /** Dead letters made, and dead letters put back. */
  readonly deadLettered: number
  readonly redriven: number
  /** Messages a second that came in and that were acknowledged, over about the last ten seconds. */
  readonly inRate: number
  readonly outRate: number
  /** Puts and acquires that wait for room now, and the ms in which at least one did. */
  readonly waiting: number
  readonly blockedMs: number
  /** Why senders are paused now, and what the disk or the broker said; left out while they are not. */
  readonly paused?: { readonly reason: PauseReason; readonly message?: string }
  /** Receivers with their share of what is out. */
  readonly receivers: number
}
