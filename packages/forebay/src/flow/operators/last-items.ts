import { noRecord } from '../../kernel/context.ts'
import type { Down } from '../../kernel/operator.ts'

/**
 * Items that an operator adds at its end, handed on with credit, and then the end itself. One item is looked ahead,
 * so that the end behind the last one needs no demand of its own.
 */
export class LastItems<T> {
  #items: Iterator<T> | undefined
  #next: IteratorResult<T> | undefined
  readonly #down: Down<T>

  constructor(down: Down<T>) {
    this.#down = down
  }

  /** Upstream has completed. What `make` or its items throw fails the flow: no item of a record is to blame. */
  begin(make: () => Iterable<T>): void {
    this.#ask(() => {
      this.#items = make()[Symbol.iterator]()
      return this.#items.next()
    })
    this.emit()
  }

  /** There is credit. */
  emit(): void {
    while (this.#next !== undefined) {
      const { done, value } = this.#next
      if (done === true) {
        this.#items = this.#next = undefined
        return this.#down.complete()
      }
      if (!this.#down.hasCredit()) return
      this.#next = undefined
      this.#down.push(value, noRecord)
      this.#ask(() => this.#items?.next())
    }
  }

  close(): void {
    const items = this.#items
    this.#items = this.#next = undefined
    items?.return?.()
  }

  #ask(next: () => IteratorResult<T> | undefined): void {
    try {
      this.#next = next()
    } catch (error) {
      // An iterator that throws has ended by itself.
      this.#items = undefined
      this.#down.fail(error)
    }
  }
}
