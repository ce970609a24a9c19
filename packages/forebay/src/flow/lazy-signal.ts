/** A signal that is made when it is first read: most work never looks. */
export class LazySignal {
  /** Somebody has it: nothing else may get it. */
  isUsed = false
  #controller: AbortController | undefined
  #aborted: { readonly reason: unknown } | undefined

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
