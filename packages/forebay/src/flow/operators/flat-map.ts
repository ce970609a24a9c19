import { settle, type Context } from '../../kernel/context.ts'
import { operator, type Operator } from '../../kernel/operator.ts'

/**
 * The items of the iterable that `fn` returns for each item, one after the other. The iterable is pulled
 * with credit, so an endless one is fine; one iterator is held at a time.
 */
export function flatMapOperator<A, B>(fn: (value: A) => Iterable<B>): Operator<A, B> {
  return operator<A, B>('flatMap', { cardinality: 'many', bound: 1 }, (down) => {
    let iterator: Iterator<B> | undefined
    let current: Context | undefined
    let upstreamOver = false

    const emit = (): void => {
      const source = iterator as Iterator<B>
      while (down.hasCredit()) {
        const item = source.next()
        if (item.done === true) {
          iterator = undefined
          const context = current
          current = undefined
          if (context !== undefined) settle(context, 'filtered') // our own share; the items have theirs
          if (upstreamOver) down.complete()
          return
        }
        current?.lease?.split(1)
        down.push(item.value, current)
      }
    }
    return {
      push: (value, context) => {
        const inner = fn(value)
        if (Array.isArray(inner) && context === undefined && inner.length === 0) return
        current = context
        iterator = inner[Symbol.iterator]()
        emit()
      },
      pull: () => {
        if (iterator !== undefined) emit()
      },
      complete: () => {
        upstreamOver = true
        if (iterator === undefined) down.complete()
      },
      close: (reason) => {
        const open = iterator
        iterator = undefined
        settle(current, 'returned', reason)
        open?.return?.()
      },
      held: () => (iterator === undefined ? 0 : 1),
    }
  })
}
