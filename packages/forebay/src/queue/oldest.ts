import type { Journal } from './journal.ts'
import type { Window } from './window.ts'

/** Age of the oldest head of a lane, ms; 0 when nothing is ready. Looks at one message a lane. */
export function oldestMs(window: Window, journal: Journal, now: number): number {
  let oldest = now
  for (const lane of window.lanes()) {
    let at = lane.peek()?.stored.enqueuedAt
    if (at === undefined && lane.behind) {
      const ref = journal.nextRef(lane.id, lane.after)
      at = ref === undefined ? undefined : journal.stampOf(ref)
    }
    if (at !== undefined && at < oldest) oldest = at
  }
  return now - oldest
}
