import { settle, type Context } from '../../kernel/context.ts'
import { operator, type Operator } from '../../kernel/operator.ts'

/**
 * The items of the iterable that `fn` returns for each item, one after the other. The iterable is pulled
 * with credit, so an endless one is fine; one iterator is held at a time. An array tells its end with its
 * last item; any other iterable has to be asked once more.
 */
export function flatMapOperator<A, B>(fn: (value: A) => Iterable<B>): Operator<A, B> {
  return operator<A, B>('flatMap', { cardinality: 'many', bound: 1 }, (down) => {
    let iterator: Iterator<B> | undefined
    /** The share of the item itself; every result has one of its own. */
    let current: Context | undefined
    let isHanding = false
    /** How upstream has ended; told once the last iterable is empty. */
    let end: (() => void) | undefined

    const emit = (): void => {
      const source = iterator as Iterator<B>
      logic.inside = true
      while (down.hasCredit()) {
        const item = source.next()
        if (item.done === true) {
          over()
          break
        }
        hand(item.value)
        if (source instanceof ArrayIterator && source.isOver) {
          over()
          break
        }
      }
      logic.inside = false
    }
    const hand = (value: B): void => {
      current?.lease?.split(1)
      isHanding = true
      down.push(value, current)
      isHanding = false
    }
    const over = (): void => {
      iterator = undefined
      const context = current
      current = undefined
      if (context !== undefined) settle(context, 'filtered') // our own share; the results have theirs
      end?.()
    }
    const endWith = (tell: () => void): void => {
      end = tell
      if (iterator === undefined) tell()
    }
    const logic = {
      inside: false,
      push: (value: A, context: Context | undefined) => {
        const inner = fn(value)
        if (Array.isArray(inner)) {
          if (inner.length === 0) return settle(context, 'filtered')
          iterator = new ArrayIterator<B>(inner)
        } else iterator = inner[Symbol.iterator]()
        current = context
        emit()
      },
      pull: () => {
        if (iterator !== undefined) emit()
      },
      complete: () => endWith(() => down.complete()),
      fail: (error: unknown) => endWith(() => down.fail(error)),
      close: (reason: unknown) => {
        const open = iterator
        const context = current
        iterator = undefined
        current = undefined
        if (isHanding && logic.inside) settle(context, 'failed', reason)
        settle(context, logic.inside ? 'failed' : 'returned', reason)
        open?.return?.()
      },
      held: () => (iterator === undefined ? 0 : 1),
    }
    return logic
  })
}

class ArrayIterator<B> implements Iterator<B> {
  #next = 0
  readonly #items: readonly B[]

  constructor(items: readonly B[]) {
    this.#items = items
  }

  get isOver(): boolean {
    return this.#next >= this.#items.length
  }

  next(): IteratorResult<B> {
    if (this.isOver) return { done: true, value: undefined }
    return { done: false, value: this.#items[this.#next++] as B }
  }
}
