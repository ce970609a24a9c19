import { checkFunction } from '../../kernel/check.ts'
import { settle } from '../../kernel/context.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'

/**
 * The results of `fn` that are not `undefined`: a filter and a map in one, for parsing and narrowing. `null` is a
 * result like any other.
 *
 * Emits: when an item has a result. Backpressures: when downstream does. Completes: when upstream completes. Cancels:
 * when downstream cancels. Loses: nothing; an item without a result counts as filtered.
 */
export function filterMap<T, U>(fn: (value: T) => U | undefined): (flow: Flow<T>) => Flow<U> {
  checkFunction('filterMap', fn)
  const piece = operator<T, U>('filterMap', { cardinality: 'filter' }, (down) => ({
    push: (value, context) => {
      const result = fn(value)
      if (result === undefined) settle(context, 'filtered')
      else down.push(result, context)
    },
  }))
  return (flow) => flow.via(piece)
}

/**
 * The items for which `drop` returns something falsy.
 *
 * Emits: when an item is kept. Backpressures: when downstream does. Completes: when upstream completes. Cancels: when
 * downstream cancels. Loses: nothing; an item that is not kept counts as filtered.
 */
export function filterNot<T>(drop: (value: T) => unknown): (flow: Flow<T>) => Flow<T> {
  checkFunction('filterNot', drop)
  return (flow) => flow.via<T>({ kind: 'filter', name: 'filterNot', fn: (value: T) => !drop(value) })
}

/**
 * The items that are neither `null` nor `undefined`.
 *
 * Emits: when an item is kept. Backpressures: when downstream does. Completes: when upstream completes. Cancels: when
 * downstream cancels. Loses: nothing; an item that is not kept counts as filtered.
 */
export function compact<T>(): (flow: Flow<T>) => Flow<NonNullable<T>> {
  return (flow) => {
    return flow.via<NonNullable<T>>({
      kind: 'filter',
      name: 'compact',
      fn: (value: T) => value !== null && value !== undefined,
    })
  }
}
