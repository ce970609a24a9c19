/** What undici gives a handler to steer its request with. */
export interface DispatchController {
  readonly aborted: boolean
  readonly paused: boolean
  readonly reason: unknown
  abort(reason: Error): void
  pause(): void
  resume(): void
}

/** Steers a request that still waits for its permit, and becomes the true controller when it has one. */
export class WaitingController implements DispatchController {
  #reason: Error | undefined = undefined
  #isPaused = false
  #true: DispatchController | undefined = undefined
  readonly #onAbort: (reason: Error) => void

  constructor(onAbort: (reason: Error) => void) {
    this.#onAbort = onAbort
  }

  get aborted(): boolean {
    return this.#true?.aborted ?? this.#reason !== undefined
  }

  get paused(): boolean {
    return this.#true?.paused ?? this.#isPaused
  }

  get reason(): unknown {
    return this.#true?.reason ?? this.#reason
  }

  abort(reason: Error): void {
    if (this.#true !== undefined) return this.#true.abort(reason)
    this.#reason = reason
    this.#onAbort(reason)
  }

  pause(): void {
    this.#isPaused = true
    this.#true?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#true?.resume()
  }

  become(controller: DispatchController): void {
    this.#true = controller
    if (this.#reason !== undefined) controller.abort(this.#reason)
    else if (this.#isPaused) controller.pause()
  }
}
