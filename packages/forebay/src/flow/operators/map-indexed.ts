import { checkFunction } from '../../kernel/check.ts'
import { operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'

/**
 * The result of `fn` for each item and its index, from 0.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes. Cancels: when
 * downstream cancels. Loses: nothing.
 */
export function mapIndexed<T, U>(fn: (value: T, index: number) => U): (flow: Flow<T>) => Flow<U> {
  checkFunction('mapIndexed', fn)
  const piece = operator<T, U>('mapIndexed', { cardinality: 'one' }, (down) => {
    let index = 0
    return { push: (value, context) => down.push(fn(value, index++), context) }
  })
  return (flow) => flow.via(piece)
}

/**
 * Each item with its index, from 0: `[item, index]`.
 *
 * Emits: when an item arrives. Backpressures: when downstream does. Completes: when upstream completes. Cancels: when
 * downstream cancels. Loses: nothing.
 */
export function zipWithIndex<T>(): (flow: Flow<T>) => Flow<[item: T, index: number]> {
  const piece = operator<T, [T, number]>('zipWithIndex', { cardinality: 'one' }, (down) => {
    let index = 0
    return { push: (value, context) => down.push([value, index++], context) }
  })
  return (flow) => flow.via(piece)
}
