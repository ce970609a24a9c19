import { checkFunction, checkInteger } from '../../kernel/check.ts'
import { settle } from '../../kernel/context.ts'
import { operator, type Operator } from '../../kernel/operator.ts'
import type { Flow } from '../flow.ts'

/** Everything after the first `count` items. */
export function skipOperator<T>(count: number): Operator<T, T> {
  checkInteger('skip', count, 0, Number.MAX_SAFE_INTEGER)
  return operator<T, T>('skip', { cardinality: 'filter' }, (down) => {
    let left = count
    return {
      push: (value, context) => {
        if (left === 0) return down.push(value, context)
        left--
        settle(context, 'filtered')
      },
    }
  })
}

/**
 * Everything from the first item on for which `drop` is falsy.
 *
 * Emits: from the first item on that is not dropped. Backpressures: when downstream does. Completes: when upstream
 * completes. Cancels: when downstream cancels. Loses: nothing; a skipped item counts as filtered.
 */
export function skipWhile<T>(drop: (value: T) => unknown): (flow: Flow<T>) => Flow<T> {
  checkFunction('skipWhile', drop)
  const piece = operator<T, T>('skipWhile', { cardinality: 'filter' }, (down) => {
    let isSkipping = true
    return {
      push: (value, context) => {
        isSkipping &&= Boolean(drop(value))
        if (isSkipping) settle(context, 'filtered')
        else down.push(value, context)
      },
    }
  })
  return (flow) => flow.via(piece)
}
