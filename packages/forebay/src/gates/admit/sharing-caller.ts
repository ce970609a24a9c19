import type { Clock } from '../../kernel/clock.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Ask } from '../../kernel/gate.ts'
import { deadlinesOf } from '../deadlines.ts'
import type { Deadlines, Due } from '../deadlines.ts'
import type { Ended } from './classify.ts'

/** One caller of a shared call: it waits until that ends, its deadline comes, or its signal aborts. */
export class SharingCaller<T> implements Due {
  readonly dueAt: number
  heapIndex = -1
  readonly promise: Promise<T>
  /** Told when it gives up before the call has ended. */
  onGivenUp: (() => void) | undefined = undefined
  readonly #deadlines: Deadlines
  readonly #signal: AbortSignal | undefined
  readonly #onEnd: () => void
  #isOver = false
  #resolve!: (value: T) => void
  #reject!: (error: unknown) => void

  constructor({ deadline = Infinity, signal }: Ask, clock: Clock, onEnd: () => void) {
    this.dueAt = deadline
    this.#deadlines = deadlinesOf(clock)
    this.#signal = signal
    this.#onEnd = onEnd
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    signal?.addEventListener('abort', this.#onAbort, { once: true })
    if (deadline !== Infinity) this.#deadlines.add(this)
  }

  expire(): void {
    this.#giveUp(
      new ForebayError('FOREBAY_TIMEOUT', 'the deadline came before the shared call ended', { retryable: true }),
    )
  }

  ended(ended: Ended<T>): void {
    if (!this.#stop()) return
    if (ended.ok) this.#resolve(ended.value)
    else this.#reject(ended.error)
  }

  readonly #onAbort = (): void => {
    this.#giveUp(new ForebayError('FOREBAY_CANCELLED', 'the caller gave up', { cause: this.#signal?.reason }))
  }

  #giveUp(error: ForebayError): void {
    if (!this.#stop()) return
    this.#reject(error)
    this.onGivenUp?.()
  }

  #stop(): boolean {
    if (this.#isOver) return false
    this.#isOver = true
    this.#deadlines.remove(this)
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#onEnd()
    return true
  }
}
