import { LazySignal } from './lazy-signal.ts'
import type { WorkContext } from './work-options.ts'

/** What work is told. */
export class WorkSignal extends LazySignal implements WorkContext {
  readonly attempt: number
  own: unknown
  target: unknown

  constructor(attempt: number) {
    super()
    this.attempt = attempt
    this.isUsed = attempt > 1 // no other attempt gets it
  }
}
