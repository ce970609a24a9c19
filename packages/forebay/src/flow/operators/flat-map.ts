import { alone, settle, type Context } from '../../kernel/context.ts'
import { operator, type Operator } from '../../kernel/operator.ts'

/**
 * The items of the iterable that `fn` returns for each item, one after the other. The iterable is pulled
 * with credit, so an endless one is fine; one iterator is held at a time. An array tells its end with its
 * last item; any other iterable has to be asked once more.
 */
export function flatMapOperator<A, B>(fn: (value: A) => Iterable<B>, name = 'flatMap'): Operator<A, B> {
  return operator<A, B>(name, { cardinality: 'many', bound: 1, bulk: true }, (down) => {
    let iterator: Iterator<B> | undefined
    /** The share of the item itself; every result has one of its own. */
    let current: Context | undefined
    /** The item has just come and is not taken over yet. */
    let isComing = false
    /** How upstream has ended; told once the last iterable is empty. */
    let end: (() => void) | undefined

    const emit = (): void => {
      const source = iterator as Iterator<B>
      while (down.hasCredit()) {
        const item = ask(source)
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
    }
    const ask = (source: Iterator<B>): IteratorResult<B> => {
      try {
        return source.next()
      } catch (error) {
        iterator = undefined // an iterator that throws has ended by itself
        if (isComing) current = undefined
        throw error
      }
    }
    const hand = (value: B): void => {
      current?.lease?.split(1)
      down.push(value, current)
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
    return {
      push: (value, context) => {
        const inner = fn(value)
        if (Array.isArray(inner)) {
          // An item of which no account is kept, as far as there is credit: no iterator.
          let next = 0
          if (context === undefined) while (next < inner.length && down.hasCredit()) down.push(inner[next++], undefined)
          if (next >= inner.length) return settle(context, 'filtered')
          iterator = new ArrayIterator<B>(inner, next)
        } else iterator = inner[Symbol.iterator]()
        current = alone(context)
        isComing = true
        emit()
        isComing = false
      },
      pull: () => {
        if (iterator !== undefined) emit()
      },
      complete: () => endWith(() => down.complete()),
      fail: (error) => endWith(() => down.fail(error)),
      close: (reason) => {
        const open = iterator
        iterator = undefined
        settle(current, 'returned', reason)
        current = undefined
        open?.return?.()
      },
      held: () => (iterator === undefined ? 0 : 1),
    }
  })
}

class ArrayIterator<B> implements Iterator<B> {
  #next: number
  readonly #items: readonly B[]

  constructor(items: readonly B[], next: number) {
    this.#items = items
    this.#next = next
  }

  get isOver(): boolean {
    return this.#next >= this.#items.length
  }

  next(): IteratorResult<B> {
    if (this.isOver) return { done: true, value: undefined }
    return { done: false, value: this.#items[this.#next++] as B }
  }
}
