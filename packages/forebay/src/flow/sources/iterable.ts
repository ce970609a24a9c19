import type { SourceNode } from '../../kernel/plan.ts'
import type { Port, Pull } from '../../kernel/receiver.ts'
import { useOnce } from './one-shot.ts'

/** The items of a synchronous iterable; a fresh iterator per run, closed when the flow ends early. */
export function iterableSource<T>(items: Iterable<T>): SourceNode {
  return { type: 'source', name: 'iterable', create: () => new IterablePull(items) }
}

class IterablePull<T> implements Pull {
  #iterator: Iterator<T> | undefined
  #pulled = 0
  readonly #items: Iterable<T>

  constructor(items: Iterable<T>) {
    this.#items = items
  }

  run(port: Port): void {
    const iterator = (this.#iterator ??= this.#open())
    let left = port.left()
    let start = left
    while (port.n > 0) {
      const item = this.#step(iterator)
      if (item.done === true) {
        port.done()
        return
      }
      this.#pulled++
      port.step(item.value, undefined)
      if (--left > 0) continue
      if (!port.tick(start)) return
      start = left = port.left()
    }
    if (left < start) port.tick(start - left)
  }

  cancel(): void {
    const iterator = this.#iterator
    this.#iterator = undefined
    iterator?.return?.()
  }

  pulled(): number {
    return this.#pulled
  }

  /** An iterable that is its own iterator, such as a generator, can be read once. */
  #open(): Iterator<T> {
    const iterator = this.#items[Symbol.iterator]()
    if ((iterator as unknown) === this.#items) useOnce(this.#items, 'this iterator')
    return iterator
  }

  /** An iterator that throws has ended by itself and is not to be closed. */
  #step(iterator: Iterator<T>): IteratorResult<T> {
    try {
      return iterator.next()
    } catch (error) {
      this.#iterator = undefined
      throw error
    }
  }
}
