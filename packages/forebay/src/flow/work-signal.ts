import type { WorkContext } from './work-options.ts'

/** What work is told. The signal is made when it is first read: most work never looks. */
export class WorkSignal implements WorkContext {
  readonly attempt: number
  own: unknown
  target: unknown
  #controller: AbortController | undefined
  #aborted: { reason: unknown } | undefined

  constructor(attempt: number) {
    this.attempt = attempt
  }

  /** Somebody has it, or it has aborted. */
  get isUsed(): boolean {
    return this.#controller !== undefined || this.#aborted !== undefined
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason)
    }
    return this.#controller.signal
  }

  abort(reason: unknown): void {
    if (this.#aborted !== undefined) return
    this.#aborted = { reason }
    this.#controller?.abort(reason)
  }
}
