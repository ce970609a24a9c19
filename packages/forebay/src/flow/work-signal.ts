import type { WorkContext } from './work-options.ts'

/** What work is told. The signal is made when it is first read: most work never looks. */
export class WorkSignal implements WorkContext {
  readonly attempt: number
  own: unknown
  target: unknown
  /** Somebody has it, it has aborted, or it is of an attempt after the first: no other attempt gets it. */
  isUsed: boolean
  #controller: AbortController | undefined
  #aborted: { reason: unknown } | undefined

  constructor(attempt: number) {
    this.attempt = attempt
    this.isUsed = attempt > 1
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.isUsed = true
      this.#controller = new AbortController()
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason)
    }
    return this.#controller.signal
  }

  abort(reason: unknown): void {
    if (this.#aborted !== undefined) return
    this.isUsed = true
    this.#aborted = { reason }
    this.#controller?.abort(reason)
  }
}
