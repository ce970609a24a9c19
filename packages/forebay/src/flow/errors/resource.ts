import { checkFunction } from '../../kernel/check.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { isThenable, promised } from '../../kernel/is-thenable.ts'

/** How a resource of a run is opened and given back. Both may return a promise. */
export interface ResourceUse<R> {
  /** Opens the resource, when the first item is wanted or has come. */
  open: (signal: AbortSignal) => R | PromiseLike<R>
  /** Gives the resource back: once, whichever end it is, and never while `open` is at work. */
  close: (resource: R) => unknown
}

export function checkResource(name: string, { open, close }: ResourceUse<any>): void {
  checkFunction(`${name} open`, open)
  checkFunction(`${name} close`, close)
}

/**
 * The resource of one run.
 *
 *   idle ─▶ opening ─▶ open ─▶ closing ─▶ closed
 *
 * Whoever closes it while it is opening has it closed after that. `changed` is called when a state was reached later
 * than in the call that asked for it.
 */
export class Resource<R> {
  state: 'idle' | 'opening' | 'open' | 'closing' | 'closed' = 'idle'
  /** What `open` or `close` has failed with; the first of them. */
  failure: { readonly error: unknown } | undefined
  readonly #use: ResourceUse<R>
  readonly #env: RunEnvironment
  readonly #changed: () => void
  readonly #abort = new AbortController()
  #opened: { readonly resource: R } | undefined
  #isUnwanted = false
  #isCancelled = false

  constructor(use: ResourceUse<R>, env: RunEnvironment, changed: () => void) {
    this.#use = use
    this.#env = env
    this.#changed = changed
  }

  /** Only while it is open. */
  get value(): R {
    return (this.#opened as { resource: R }).resource
  }

  /** Aborts when the run gives the resource up. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Begins to open it, once. */
  open(): void {
    if (this.state !== 'idle') return
    this.state = 'opening'
    try {
      const resource = this.#use.open(this.signal)
      if (!isThenable(resource)) return this.#isOpen(resource as R)
      promised(resource).then(
        (value) => this.#later(() => this.#isOpen(value as R)),
        (error: unknown) => this.#later(() => this.#over(error)),
      )
    } catch (error) {
      this.#over(error)
    }
  }

  /** Nobody uses it any more. */
  close(): void {
    this.#isUnwanted = true
    if (this.state === 'idle') this.state = 'closed'
    else if (this.state === 'open') this.#close()
  }

  /** The run gives it up, and nobody waits for it any more; it is still to be closed. */
  abort(reason: unknown): void {
    this.#isCancelled = true
    this.#abort.abort(reason)
  }

  #later(happened: () => void): void {
    happened()
    this.#changed()
  }

  #isOpen(resource: R): void {
    this.#opened = { resource }
    this.state = 'open'
    if (this.#isUnwanted) this.#close()
  }

  #close(): void {
    this.state = 'closing'
    try {
      const closed = this.#use.close(this.value)
      if (isThenable(closed)) {
        promised(closed).then(
          () => this.#later(() => this.#closed()),
          (error: unknown) => this.#later(() => this.#closed({ error })),
        )
      } else this.#closed()
    } catch (error) {
      this.#closed({ error })
    }
  }

  /** `open` has failed: nothing is to be closed. Whoever was told that nobody wants it may well answer with an error. */
  #over(error: unknown): void {
    this.state = 'closed'
    if (!this.#isUnwanted) this.failure = { error }
  }

  #closed(failure?: { readonly error: unknown }): void {
    this.state = 'closed'
    this.#opened = undefined
    this.failure ??= failure
    if (failure !== undefined && this.#isCancelled) this.#env.fail(failure.error) // nobody else is left to tell
  }
}
