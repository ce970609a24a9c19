import type { GroupCommit } from './group-commit.ts'
import type { Loader } from './loader.ts'
import type { Settlement } from './settlement.ts'
import type { Window } from './window.ts'

/** Messages dropped before the commit gets a turn: bounds what waits for it. */
const SLICE = 1024

/**
 * Drops every message that was put before now and is not leased or dead, reading lane after lane. Retries and
 * delayed puts are read as if they were due.
 */
export async function purgeReady(
  window: Window,
  loader: Loader,
  settlement: Settlement,
  commit: GroupCommit,
): Promise<number> {
  await commit.durable()
  const end = commit.nextNumber()
  let count = 0
  for (;;) {
    window.unpark()
    let dropped = 0
    while (dropped < SLICE) {
      const message = window.takeOldest((lane) => (lane.peek()?.stored.seq ?? end) < end)
      if (message === undefined) break
      settlement.drop(message, 'purged')
      dropped++
    }
    count += dropped
    if (dropped > 0) await commit.durable()
    else if (!(await loader.readAhead(end))) return count
  }
}
