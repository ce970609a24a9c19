import type { SourceNode } from '../../kernel/plan.ts'
import type { Port, Pull } from '../../kernel/receiver.ts'
import { useOnce } from './one-shot.ts'

/**
 * The items of a synchronous iterable; a fresh iterator per run, closed when the flow ends early. An array
 * tells its end with its last item, any other iterable has to be asked once more.
 */
export function iterableSource<T>(items: Iterable<T>): SourceNode {
  if (Array.isArray(items)) return { type: 'source', name: 'array', create: () => new ArrayPull<T>(items) }
  return { type: 'source', name: 'iterable', create: () => new IterablePull(items) }
}

class ArrayPull<T> implements Pull {
  #next = 0
  readonly #items: readonly T[]

  constructor(items: readonly T[]) {
    this.#items = items
  }

  bind(port: Port): void {
    if (this.#items.length === 0) port.done()
  }

  run(port: Port): void {
    const items = this.#items
    let left = port.left()
    let start = left
    while (port.n > 0 && this.#next < items.length) {
      port.step(items[this.#next++], undefined)
      if (--left > 0) continue
      if (!port.tick(start)) {
        left = start
        break
      }
      start = left = port.left()
    }
    if (left < start) port.tick(start - left)
    if (this.#next >= items.length) port.done()
  }

  cancel(): void {}

  pulled(): number {
    return this.#next
  }
}

class IterablePull<T> implements Pull {
  #iterator: Iterator<T> | undefined
  #pulled = 0
  readonly #items: Iterable<T>

  constructor(items: Iterable<T>) {
    this.#items = items
  }

  run(port: Port): void {
    let left = port.left()
    let start = left
    while (port.n > 0) {
      const item = this.#ask(port)
      if (item === undefined) return
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
  #ask(port: Port): IteratorResult<T> | undefined {
    try {
      return (this.#iterator ??= this.#open()).next()
    } catch (error) {
      this.#iterator = undefined
      port.failed(error)
      return undefined
    }
  }
}
