import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'

/** An item and when it came. */
export interface Timestamped<T> {
  readonly value: T
  /** Milliseconds since the Unix epoch; may jump with the computer's clock. */
  readonly at: number
}

/**
 * Each item with the time of day at which it came.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes.
 * Cancels: when downstream cancels. Loses: nothing.
 */
export function timestamp<T>(): (flow: Flow<T>) => Flow<Timestamped<T>> {
  const piece = operator<T, Timestamped<T>>('timestamp', { cardinality: 'one' }, (down, { clock }) => ({
    push: (value, context) => down.push({ value, at: clock.wall() }, context),
  }))
  return (flow) => flow.via(piece)
}

/** An item and how long it took to come. */
export interface Timed<T> {
  readonly value: T
  /** Milliseconds since the item before it, or the run's start; a clock that jumps does not change it. */
  readonly ms: number
}

/**
 * Each item with the time since the one before.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes.
 * Cancels: when downstream cancels. Loses: nothing.
 */
export function timeInterval<T>(): (flow: Flow<T>) => Flow<Timed<T>> {
  const piece = operator<T, Timed<T>>('timeInterval', { cardinality: 'one' }, (down, { clock }) => {
    let last = clock.now()
    return {
      push: (value, context) => {
        const now = clock.now()
        const ms = now - last
        last = now
        down.push({ value, ms }, context)
      },
    }
  })
  return (flow) => flow.via(piece)
}
