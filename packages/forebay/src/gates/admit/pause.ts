import type { Clock } from '../../kernel/clock.ts'
import { ForebayError } from '../../kernel/errors.ts'
import { deadlinesOf } from '../deadlines.ts'
import type { Due } from '../deadlines.ts'

/** Waits `ms` on the shared timer of `clock`. Rejects with `FOREBAY_CANCELLED` as soon as `signal` aborts. */
export function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadlines = deadlinesOf(clock)
    const due: Due = { dueAt: clock.now() + ms, heapIndex: -1, expire: () => end() }
    const onAbort = (): void =>
      end(new ForebayError('FOREBAY_CANCELLED', 'the caller gave up between two tries', { cause: signal?.reason }))
    const end = (error?: ForebayError): void => {
      deadlines.remove(due)
      signal?.removeEventListener('abort', onAbort)
      if (error === undefined) resolve()
      else reject(error)
    }
    if (signal?.aborted === true) return onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    deadlines.add(due)
  })
}
