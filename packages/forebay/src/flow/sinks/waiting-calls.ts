import { ForebayError } from '../../kernel/errors.ts'
import { RingBuffer } from '../../kernel/ring-buffer.ts'

/** Calls of `next` that may wait for their item at once. */
const MAX_CALLS = 1024

interface Call<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void
  readonly reject: (error: unknown) => void
}

/** Calls of `next` on an iterator over the items of a run: each waits for one item, or for the end. */
export class WaitingCalls<T> {
  readonly #calls = new RingBuffer<Call<T>>(MAX_CALLS)
  readonly #name: string
  readonly #ask: () => void
  #end: { failure: { error: unknown } | undefined } | undefined

  /** `ask` is told each call that begins to wait; `name` stands in the error of one too many. */
  constructor(name: string, ask: () => void) {
    this.#name = name
    this.#ask = ask
  }

  get length(): number {
    return this.#calls.length
  }

  get isOver(): boolean {
    return this.#end !== undefined
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      if (this.isOver) return this.#tellEnd({ resolve, reject })
      if (this.#calls.isFull) {
        throw new ForebayError('FOREBAY_OVERFLOW', `${this.#name}: ${MAX_CALLS} calls of next() wait already`)
      }
      this.#calls.push({ resolve, reject })
      this.#ask()
    })
  }

  /** Answers the call that has waited longest; its owner has asked for the item on its behalf. */
  answer(value: T): void {
    this.#calls.shift().resolve({ done: false, value })
  }

  /** There are no more items; only the first end counts. */
  end(failure?: { error: unknown }): void {
    this.#end ??= { failure }
    while (this.#calls.length > 0) this.#tellEnd(this.#calls.shift())
  }

  /** A failure is told once; after it the items are merely over. */
  #tellEnd({ resolve, reject }: Call<T>): void {
    const failure = this.#end?.failure
    this.#end = { failure: undefined }
    if (failure === undefined) resolve({ done: true, value: undefined })
    else reject(failure.error)
  }
}
