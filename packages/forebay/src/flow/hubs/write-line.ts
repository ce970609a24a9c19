import { RingBuffer } from '../../kernel/ring-buffer.ts'

/** As many writes as a sink may have out at once. */
const MOST_WRITES = 65_536

interface Waiting<T> {
  readonly value: T
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * The writes of one producer that wait for a place, first come first served. They are refused when the run of the
 * producer is cancelled, so that it never waits for a hub that stands still.
 */
export class WriteLine<T> {
  readonly #waiting = new RingBuffer<Waiting<T>>(MOST_WRITES)
  readonly #onRefused: () => void
  #signal: AbortSignal | undefined
  readonly #onAbort = (): void => this.refuse(this.#signal?.reason)

  /** `onRefused` is called when the waiting writes have been given up. */
  constructor(onRefused: () => void) {
    this.#onRefused = onRefused
  }

  get length(): number {
    return this.#waiting.length
  }

  /** The value that has waited longest; only while something waits. */
  get head(): T {
    return this.#waiting.at(0).value
  }

  /** Settles when the value has been taken over, or refused. */
  wait(value: T, signal: AbortSignal): Promise<void> {
    if (this.#signal === undefined) {
      this.#signal = signal
      signal.addEventListener('abort', this.#onAbort, { once: true })
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ value, resolve, reject })
      if (signal.aborted) this.refuse(signal.reason)
    })
  }

  /** The value that has waited longest has been taken over. */
  release(): void {
    this.#waiting.shift().resolve()
  }

  /** The value that has waited longest cannot be taken over. */
  fail(error: unknown): void {
    this.#waiting.shift().reject(error)
  }

  /** Gives up everything that waits. */
  refuse(error: unknown): void {
    while (this.#waiting.length > 0) this.fail(error)
    this.#onRefused()
  }

  /** Nothing more will wait. */
  close(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#signal = undefined
  }
}
