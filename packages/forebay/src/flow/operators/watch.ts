import { checkFunction } from '../../kernel/check.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'

/** How a flow ended at the place where it is watched. */
export type WatchedEnd = 'completed' | 'failed' | 'cancelled'

/** What {@link watch} calls; what the hooks return is ignored. */
export interface WatchHooks<T> {
  /** Before anything else: when the first item is wanted, or upstream ends without having been asked. */
  onStart?: () => unknown
  /** For each item, before it goes on. */
  onItem?: (value: T) => unknown
  /** When upstream has completed, before downstream knows. */
  onComplete?: () => unknown
  /** When upstream has failed, before downstream knows. */
  onError?: (error: unknown) => unknown
  /** When downstream wants no more, or has failed, before upstream has ended; `reason` is the error then. */
  onCancel?: (reason: unknown) => unknown
  /** Last of all and exactly once in a run, whichever end it is. */
  onEnd?: (how: WatchedEnd) => unknown
}

const hookNames = ['onStart', 'onItem', 'onComplete', 'onError', 'onCancel', 'onEnd'] as const

/**
 * Calls hooks for what happens at this place: for logs, counters and tests. A hook that throws fails the flow with its
 * error; in `onError` that error takes the place of the other. A hook may not wait: see `wiretap` for one that may.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes. Cancels: when
 * downstream cancels. Loses: nothing.
 */
export function watch<T>(hooks: WatchHooks<T>): (flow: Flow<T>) => Flow<T> {
  for (const name of hookNames) if (hooks[name] !== undefined) checkFunction(`watch ${name}`, hooks[name])
  const { onStart, onItem, onComplete, onError, onCancel, onEnd } = hooks
  const piece = operator<T, T>('watch', { cardinality: 'one' }, (down) => {
    let isStarted = false
    let end: WatchedEnd | undefined
    /** What `onItem` has thrown: no error of upstream. */
    let own: { readonly error: unknown } | undefined
    const start = (): void => {
      if (isStarted) return
      isStarted = true
      onStart?.()
    }
    const failWith = (error: unknown): void => {
      end = 'failed'
      down.fail(error)
    }
    return {
      push: (value, context) => {
        try {
          onItem?.(value)
        } catch (error) {
          own = { error }
          throw error
        }
        down.push(value, context)
      },
      pull: () => {
        if (isStarted) return
        try {
          start()
        } catch (error) {
          failWith(error)
        }
      },
      complete: () => {
        try {
          start()
          onComplete?.()
        } catch (error) {
          return failWith(error)
        }
        end = 'completed'
        down.complete()
      },
      fail: (error) => {
        if (own !== undefined) return failWith(error)
        try {
          start()
          onError?.(error)
        } catch (second) {
          return failWith(second)
        }
        failWith(error)
      },
      close: (reason) => {
        try {
          if (end === undefined) onCancel?.(reason)
        } finally {
          onEnd?.(end ?? 'cancelled')
        }
      },
    }
  })
  return (flow) => flow.via(piece)
}
