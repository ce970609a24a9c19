import { BurstPull } from '../../kernel/burst-pull.ts'
import type { SourceNode } from '../../kernel/plan.ts'
import type { Port, PullCode } from '../../kernel/receiver.ts'
import { useOnce } from './one-shot.ts'

/**
 * The items of a synchronous iterable; a fresh iterator per run, closed when the flow ends early. An array
 * tells its end with its last item, any other iterable has to be asked once more.
 */
export function iterableSource<T>(items: Iterable<T>): SourceNode {
  if (Array.isArray(items)) return { type: 'source', name: 'array', create: () => new ArrayPull<T>(items) }
  return { type: 'source', name: 'iterable', create: () => new IterablePull(items) }
}

class ArrayPull<T> extends BurstPull {
  readonly #items: readonly T[]

  constructor(items: readonly T[]) {
    super()
    this.#items = items
  }

  get code(): PullCode {
    return { more: 'at<items.length', item: 'items[i]', scope: { items: this.#items } }
  }

  protected burst(port: Port, left: number): void {
    const items = this.#items
    const end = this.at + left
    while (this.at < end && this.at < items.length && port.n > 0) port.step(items[this.at++], undefined)
  }

  protected dry(port: Port): void {
    if (this.at >= this.#items.length) port.done()
  }
}

class IterablePull<T> extends BurstPull {
  #iterator: Iterator<T> | undefined
  #item: T | undefined
  readonly #items: Iterable<T>

  constructor(items: Iterable<T>) {
    super()
    this.#items = items
  }

  get code(): PullCode {
    return { more: 'pull.more(port)', item: 'pull.take()' }
  }

  /** Asks for the next item. An iterator that throws has ended by itself and is not to be closed. */
  more(port: Port): boolean {
    try {
      const { done, value } = (this.#iterator ??= this.#open()).next() as IteratorResult<T, undefined>
      if (done !== true) {
        this.#item = value
        return true
      }
    } catch (error) {
      this.#iterator = undefined
      port.failed(error)
      return false
    }
    port.done()
    return false
  }

  take(): T {
    const item = this.#item as T
    this.#item = undefined
    return item
  }

  protected burst(port: Port, left: number): void {
    const end = this.at + left
    while (this.at < end && port.n > 0 && this.more(port)) {
      this.at++
      port.step(this.take(), undefined)
    }
  }

  protected dry(): void {}

  override cancel(): void {
    const iterator = this.#iterator
    this.#iterator = undefined
    iterator?.return?.()
  }

  /** An iterable that is its own iterator, such as a generator, can be read once. */
  #open(): Iterator<T> {
    const iterator = this.#items[Symbol.iterator]()
    if ((iterator as unknown) === this.#items) useOnce(this.#items, 'this iterator')
    return iterator
  }
}
