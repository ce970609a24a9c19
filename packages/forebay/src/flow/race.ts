import type { Clock } from '../kernel/clock.ts'

/** What is told of work with a timeout. */
interface Race {
  /** It has ended in time: with a result, or with an error. */
  inTime(isOk: boolean, value: unknown): void
  /** It has not, and runs on. */
  tooLate(): void
  /** It has ended after all. */
  endedLate(): void
}

/** Tells whichever comes first, the end of `work` or `ms`, and in the second case the end of the work as well. Returns the way to stop the timer. */
export function race(work: PromiseLike<unknown>, clock: Clock, ms: number, told: Race): () => void {
  let isOpen = true
  const stop = clock.after(ms, () => {
    isOpen = false
    told.tooLate()
  })
  const ended = (isOk: boolean, value: unknown): void => {
    stop()
    if (isOpen) told.inTime(isOk, value)
    else told.endedLate()
  }
  work.then(
    (value) => ended(true, value),
    (error: unknown) => ended(false, error),
  )
  return stop
}
