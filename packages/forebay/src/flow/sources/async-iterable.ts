import type { SourceNode } from '../../kernel/plan.ts'
import type { Port, Pull } from '../../kernel/receiver.ts'
import { useOnce } from './one-shot.ts'

/**
 * The items of an asynchronous iterable, asked for one by one and only with credit. When the flow ends
 * early the iterator is closed with `return()`; one that still owes an answer is told at once and answers in its own order.
 */
export function asyncIterableSource<T>(items: AsyncIterable<T>, name = 'async iterable'): SourceNode {
  return { type: 'source', name, create: () => new AsyncIterablePull(items) }
}

class AsyncIterablePull<T> implements Pull {
  #iterator: AsyncIterator<T> | undefined
  #port: Port | undefined
  #asked = false
  #over = false
  /** The answer that came while there was no turn to hand it over. */
  #answer: IteratorYieldResult<T> | undefined
  /** Nothing is asked for any more. */
  #isLast = false
  #pulled = 0
  readonly #items: AsyncIterable<T>
  readonly #answered = (answer: IteratorResult<T>): void => {
    this.#asked = false
    if (this.#over) return
    if (answer.done === true) return this.#end()
    this.#answer = answer
    this.#port?.wake()
  }
  readonly #failed = (error: unknown): void => {
    this.#asked = false
    if (this.#over) return
    this.#over = true
    this.#port?.failed(error)
  }

  constructor(items: AsyncIterable<T>) {
    this.#items = items
  }

  bind(port: Port): void {
    this.#port = port
  }

  run(port: Port): void {
    const answer = this.#answer
    if (answer !== undefined && port.n > 0) {
      this.#answer = undefined
      this.#pulled++
      port.step(answer.value, undefined)
      port.tick(1)
    }
    if (this.#isLast && this.#answer === undefined) this.#end()
    else if (port.n > 0 && !this.#asked && !this.#over) {
      this.#asked = true
      this.#ask()
    }
  }

  cancel(reason: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#close(reason)
  }

  /** An item that has come is handed on; one that has not come yet is not waited for. */
  stop(): void {
    if (this.#over || this.#isLast) return
    this.#isLast = true
    this.#close()
    if (this.#answer === undefined) this.#end()
  }

  pulled(): number {
    return this.#pulled
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    this.#port?.done()
  }

  #close(reason?: unknown): void {
    // A generator queues this behind an answer it owes, others answer at once; a failure to close has nobody left to tell.
    this.#iterator?.return?.(reason)?.then(undefined, () => {})
  }

  #ask(): void {
    try {
      this.#iterator ??= this.#open()
      this.#iterator.next().then(this.#answered, this.#failed)
    } catch (error) {
      this.#failed(error)
    }
  }

  /** An iterable that is its own iterator, such as a generator, can be read once. So can a Node stream, which would be empty then. */
  #open(): AsyncIterator<T> {
    const iterator = this.#items[Symbol.asyncIterator]()
    if ((iterator as unknown) === this.#items || 'readableEnded' in this.#items) useOnce(this.#items, 'this source')
    return iterator
  }
}
