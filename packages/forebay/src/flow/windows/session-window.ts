import type { Duration } from '../../kernel/duration.ts'
import type { Flow } from '../flow.ts'
import { aggregate } from './aggregate-with-boundary.ts'

/** Where a session ends. */
export interface SessionWindowOptions {
  /** A session ends when no item has come for so long. */
  gap: Duration
  /** Items in one session; a longer one is cut. */
  items: number
  /** How long a session may be, from its first item; a longer one is cut. Default without end. */
  within?: Duration
  name?: string
}

/**
 * Arrays of items that came one soon after the other: what belongs to one visit, one burst, one gesture. Sessions per key
 * are `groupBy` with this inside. Time is that of arrival; for the time that items carry see `windowByTime`. When
 * upstream fails, the session that it interrupts comes first.
 *
 * Emits: when no item has come for `gap`, or the session is as long as it may be. Backpressures: when a session that has
 * ended waits for downstream. Completes: when upstream has and nothing is held. Cancels: when downstream cancels. Loses:
 * nothing; items of an unfinished session are returned when the flow is cancelled.
 *
 * @example
 * flow(clicks).via(sessionWindow({ gap: '30s', items: 1000 }))
 */
export function sessionWindow<T>(options: SessionWindowOptions): (flow: Flow<T>) => Flow<T[]> {
  return aggregate<T, T[]>('sessionWindow', {
    seed: (item) => [item],
    fold: (items, item) => {
      items.push(item)
      return items
    },
    ...options,
  })
}
