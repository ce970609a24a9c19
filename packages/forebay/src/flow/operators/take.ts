import { checkFunction, checkInteger } from '../../kernel/check.ts'
import { settle } from '../../kernel/context.ts'
import { operator, type Operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'

/** The first `count` items, then completion; upstream is cancelled. 0 completes as soon as it is asked. */
export function takeOperator<T>(count: number): Operator<T, T> {
  checkInteger('take', count, 0)
  return operator<T, T>('take', { cardinality: 'filter' }, (down, control) => {
    let left = count
    return {
      push: (value, context) => {
        left--
        if (left >= 0) down.push(value, context)
        else control.discard(context, 'take')
        if (left <= 0) control.finish()
      },
      // What was held above may bring both the last item and the failure behind it; by then it is complete.
      fail: (error) => (left > 0 ? down.fail(error) : down.complete()),
      // With nothing to take the end must not wait for an item. Once: what is below may be slow to pass the end on.
      ...(count === 0 && {
        pull: () => {
          if (left-- === 0) control.finish()
        },
      }),
    }
  })
}

/** Items up to the first for which `keep` is falsy; that one is the last with `inclusive`, else it is consumed. */
export function takeWhileOperator<T>(
  keep: (value: T) => unknown,
  inclusive: boolean,
  name = 'takeWhile',
): Operator<T, T> {
  checkFunction(name, keep)
  return operator<T, T>(name, { cardinality: 'filter' }, (down, control) => {
    let isOver = false
    return {
      push: (value, context) => {
        if (isOver) return control.discard(context, 'take')
        isOver = !keep(value)
        if (!isOver || inclusive) down.push(value, context)
        else settle(context, 'filtered')
        if (isOver) control.finish()
      },
      fail: (error) => (isOver ? down.complete() : down.fail(error)),
    }
  })
}

/**
 * The items up to and with the first for which `stop` returns something truthy: a marker that is part of what it ends.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: after the item at which `stop` holds,
 * or when upstream completes. Cancels: after that item, or when downstream cancels. Loses: nothing.
 */
export function takeUntil<T>(stop: (value: T) => unknown): (flow: Flow<T>) => Flow<T> {
  checkFunction('takeUntil', stop)
  const piece = takeWhileOperator<T>((value) => !stop(value), true, 'takeUntil')
  return (flow) => flow.via(piece)
}
