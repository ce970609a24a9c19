import { checkInteger } from '../../kernel/check.ts'
import { operator, type Operator } from '../../kernel/operator.ts'

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
      // With nothing to take the end must not wait for an item.
      ...(count === 0 && { pull: () => control.finish() }),
    }
  })
}
