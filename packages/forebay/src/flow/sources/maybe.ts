import type { Flow } from '../flow.ts'
import { asked } from './asked.ts'

/** A flow of one item at most, and the way to end it from outside; see {@link maybe}. */
export interface Maybe<T> {
  readonly flow: Flow<T>
  /** The flow has this item, and no other. False when it was told before. */
  succeed(value: T): boolean
  /** The flow has no item. False when it was told before. */
  complete(): boolean
  /** The flow fails. False when it was told before. */
  fail(error: unknown): boolean
}

/**
 * A flow that waits to be told from outside: its one item, that there is none, or a failure. The first call counts, the
 * later ones answer false. What it was told holds for every run, also for those that begin later; a run that is drained
 * before that completes without an item.
 *
 * Emits: when it was told an item and downstream wants it. Backpressures: when downstream does. Completes: when it was
 * told that there is none, or after its item. Cancels: when downstream cancels. Loses: nothing.
 *
 * @example
 * const config = maybe<Config>()
 * flow(requests).via(withLatestFrom(config.flow)).forEach(serve)
 * config.succeed(await load())
 */
export function maybe<T>(): Maybe<T> {
  let told: (() => Item<T>) | undefined
  /** Of the runs that wait; each leaves when its run ends. */
  const waiting = new Set<() => void>()
  const tell = (say: () => Item<T>): boolean => {
    if (told !== undefined) return false
    told = say
    for (const wake of waiting) wake()
    waiting.clear()
    return true
  }
  const wait = (signal: AbortSignal): Promise<void> => {
    return new Promise((resolve) => {
      const wake = (): void => resolve()
      waiting.add(wake)
      signal.addEventListener(
        'abort',
        () => {
          waiting.delete(wake)
          wake()
        },
        { once: true },
      )
    })
  }
  return {
    flow: asked<T>('maybe', () => ({
      value: undefined,
      isLast: true,
      ask: (signal) => (told === undefined ? wait(signal) : undefined),
      take() {
        const item = told?.()
        this.value = item?.value
        return item !== undefined
      },
    })),
    succeed: (value) => tell(() => ({ value })),
    complete: () => tell(() => undefined),
    fail: (error) =>
      tell(() => {
        throw error
      }),
  }
}

type Item<T> = { readonly value: T } | undefined
